package dev.hone.cli.submit;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.cli.console.Figures;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * What ingest made of a file.
 *
 * @param existed       whether the same dataset had been sent before
 * @param causeOfRun    id of the {@code dataset.ready} event, by which the run it causes is found
 * @param firstProblems some of the problems, a line each
 * @param problemsAt    object key of all of them
 */
public record Receipt(String datasetId, boolean existed, String causeOfRun, String modelName, String baseModel, long read, long train, long validation,
        long test, long rejected, long duplicates, List<String> firstProblems, String problemsAt) {
    private static final int SHOWN = 10;

    static Receipt of(JsonNode body) {
        JsonNode rows = body.path("report").path("rows");
        return new Receipt(body.path("dataset_id").asText(), body.path("existed").asBoolean(), body.path("event_id").asText(), body.path("model_name").asText(),
                body.path("base_model").asText(), rows.path("read").asLong(), rows.path("train").asLong(), rows.path("validation").asLong(),
                rows.path("test").asLong(), rows.path("rejected").asLong(), rows.path("duplicates").asLong(), problems(body),
                body.path("problems_key").asText());
    }

    static List<String> problems(JsonNode body) {
        return StreamSupport.stream(body.path("problems").spliterator(), false)
                .filter(problem -> problem.path("severity").asText("error").equals("error")).map(Receipt::problem).toList();
    }

    private static String problem(JsonNode problem) {
        return problem.path("file").asText() + ":" + problem.path("line").asLong() + "  " + problem.path("code").asText() + "  "
                + problem.path("message").asText();
    }

    /** As sentences. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("Dataset " + datasetId + ": of " + Figures.whole(read) + " rows, " + Figures.whole(train + validation + test) + " taken ("
                + Figures.whole(train) + " training, " + Figures.whole(validation) + " validation, " + Figures.whole(test) + " test), "
                + Figures.whole(duplicates) + " dropped as duplicates, " + Figures.whole(rejected) + " set aside.");
        if (existed) {
            lines.add("The same dataset was sent before and is used again.");
        }
        if (rejected > 0) {
            firstProblems.stream().limit(SHOWN).forEach(problem -> lines.add("  " + problem));
            lines.add("Set aside were " + Figures.whole(rejected) + "; each with its line and reason in the store: " + problemsAt);
        }
        return lines;
    }
}

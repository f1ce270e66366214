package dev.hone.ingest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.hone.artifacts.ArtifactLayout;
import dev.hone.datasets.DatasetReport;
import dev.hone.datasets.read.Problem;
import dev.hone.ingest.intake.Intake;
import dev.hone.ingest.intake.UserError;
import java.util.List;
import java.util.Map;

/** What an HTTP client is told. */
final class DatasetReply {
    private DatasetReply() {}

    /**
     * A dataset lies in the store and was announced.
     *
     * @param existed     whether it was there before
     * @param eventId     of {@code dataset.ready}
     * @param manifest    key of the dataset's manifest in the store
     * @param problems    the first of them; all of them lie at {@code problemsKey}
     */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Ready(String datasetId, String modelName, String baseModel, boolean existed, String eventId, String manifest,
            DatasetReport report, String reportKey, List<Problem> problems, String problemsKey) {

        static Ready of(Intake.Taken taken) {
            DatasetReport report = taken.report();
            String directory = ArtifactLayout.dataset(report.datasetId());
            return new Ready(report.datasetId(), taken.event().data().getModelName(), report.baseModel(), taken.existed(), taken.event().id(),
                    taken.event().data().getDataset().getManifest(), report, ArtifactLayout.file(directory, DatasetReport.FILE),
                    taken.firstProblems(), ArtifactLayout.file(directory, DatasetReport.PROBLEMS_FILE));
        }
    }

    /** @param code a stable word; @param message a sentence; @param problems the first of them, where rows were looked at */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record Refused(String code, String message, String datasetId, Map<String, Long> problemCounts, List<Problem> problems) {

        static Refused of(String code, String message) {
            return new Refused(code, message, "", Map.of(), List.of());
        }

        static Refused of(UserError error) {
            return new Refused(error.code(), error.getMessage(), error.report().map(DatasetReport::datasetId).orElse(""),
                    error.report().map(DatasetReport::problems).orElse(Map.of()), error.problems());
        }
    }
}

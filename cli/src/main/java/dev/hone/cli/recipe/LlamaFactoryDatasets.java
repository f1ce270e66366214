package dev.hone.cli.recipe;

import static dev.hone.cli.recipe.Transformers.IN_FINISH;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.cli.recipe.Translation.Handler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Where a LLaMA-Factory YAML's rows are: it names entries of {@code dataset_info.json}, which say in which file. */
final class LlamaFactoryDatasets {
    private static final String INFO = "dataset_info.json";
    private static final String DEFAULT_FOLDER = "data";
    private static final List<String> PLACES = List.of("file_name", "hf_hub_url", "ms_hub_url", "om_hub_url", "cloud_file_name");
    private static final Map<String, String> COLUMNS = Map.of("prompt", "prompt", "response", "completion", "system", "system");

    static final Map<String, Handler> HANDLERS = handlers();

    private LlamaFactoryDatasets() {}

    private static Map<String, Handler> handlers() {
        Map<String, Handler> handlers = new HashMap<>();
        for (String key : List.of("dataset", "eval_dataset", "dataset_dir", "dataset_info.columns.prompt", "dataset_info.columns.response", "dataset_info.columns.system")) {
            handlers.put(key, IN_FINISH);
        }
        PLACES.forEach(place -> handlers.put("dataset_info." + place, IN_FINISH));
        for (String block : List.of("columns", "tags")) {
            handlers.put("dataset_info." + block, (to, key, value) -> to.readAll("dataset_info." + block + ".", key + ".", value));
        }
        handlers.put("dataset_info.ranking", LlamaFactoryDatasets::ranking);
        return handlers;
    }

    static void finish(Translation to) {
        Optional<Path> folder = folder(to);
        for (String key : List.of("dataset", "eval_dataset")) {
            if (!Values.isOff(to.given(key))) {
                Values.texts(to.given(key)).forEach(name -> rows(to, key, name, folder));
            }
        }
    }

    /** Beside the recipe, or where the command is called: the tool itself knows the second only. */
    private static Optional<Path> folder(Translation to) {
        String given = to.given("dataset_dir").asText(DEFAULT_FOLDER);
        Path beside = to.file().toAbsolutePath().getParent();
        return Stream.of(beside.resolve(given), Path.of(given).toAbsolutePath()).filter(folder -> Files.isRegularFile(folder.resolve(INFO))).findFirst();
    }

    private static void rows(Translation to, String key, String name, Optional<Path> folder) {
        JsonNode entry = folder.map(found -> RecipeFile.read(found.resolve(INFO)).path(name)).orElse(RecipeFile.value("{}"));
        to.readAll("dataset_info.", INFO + "." + name + ".", entry);
        String path = PLACES.stream().filter(entry::hasNonNull).findFirst().map(place -> path(entry, place, folder)).orElse(name);
        if (entry.isEmpty()) {
            to.notSupported(key, to.given(key), "would have looked \"" + name + "\" up in dataset_info.json, which does not name it here; the rows are given to the command");
        }
        to.dataset(new DatasetRef(path, key.equals("eval_dataset"), mapping(entry.path("columns"))));
    }

    private static String path(JsonNode entry, String place, Optional<Path> folder) {
        String given = entry.path(place).asText();
        return place.equals("file_name") ? folder.orElseThrow().resolve(given).toString() : given;
    }

    private static Map<String, String> mapping(JsonNode columns) {
        Map<String, String> mapping = new LinkedHashMap<>();
        COLUMNS.forEach((theirs, ours) -> {
            if (columns.path(theirs).isTextual()) {
                mapping.put(ours, columns.path(theirs).asText());
            }
        });
        return mapping;
    }

    private static void ranking(Translation to, String key, JsonNode value) {
        boolean pairs = to.given("stage").asText().equals("dpo");
        if (Values.isTrue(value) != pairs) {
            throw to.refused(key, value, pairs ? "says that the rows are no pairs, and stage dpo needs pairs" : "says that the rows are pairs, and only stage dpo learns from pairs");
        }
        to.notNeeded(key, value, "the rows' keys say it");
    }
}

package dev.hone.datasets;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code report.json}: what came of a file. It holds no time and no model name, so that the same file gives the same bytes.
 *
 * @param datasetId       {@code d} and 16 hex digits
 * @param parentDatasetId the dataset this one grew from through feedback, or empty
 * @param file            the name the sender gave
 * @param format          csv, json_lines, json_array, text or feedback
 * @param rowKind         chat, text or preference; empty in reports from before there were pairs
 * @param shape           how rows were understood, such as {@code prompt=text, completion=category}
 * @param maxTokens       longest row accepted
 * @param rows            counts of rows: read, train, validation, test, rejected, duplicate
 * @param trainTokens     of the training rows under the base model's tokenizer, with its chat template
 * @param maxRowTokens    longest accepted row
 * @param problems        how many of each code; duplicates and blank lines are among them
 * @param feedback        what feedback did to the parent's rows; empty for a first version
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record DatasetReport(String datasetId, String parentDatasetId, String file, String format, String rowKind, String shape, Map<String, String> mapping,
        String baseModel, @JsonProperty("tokenizer_sha256") String tokenizerSha256, int maxTokens, Counts rows, long trainTokens, int maxRowTokens,
        Map<String, Long> problems, @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Long> feedback) {

    public static final String FILE = "report.json";
    public static final String PROBLEMS_FILE = "rejected.jsonl";

    private static final JsonMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /** Rows; {@code rejected} are those with an error, {@code duplicates} those that were dropped as such. */
    public record Counts(long read, long train, long validation, long test, long rejected, long duplicates) {
        @JsonIgnore
        public long kept() {
            return train + validation + test;
        }
    }

    public DatasetReport {
        rowKind = rowKind == null ? "" : rowKind;
        problems = new TreeMap<>(problems);
        mapping = new TreeMap<>(mapping);
        feedback = feedback == null ? Map.of() : new TreeMap<>(feedback);
    }

    /** Why there is no dataset, where no row was kept. */
    public String nothingLeft() {
        return "Expected at least one usable row in " + file + ", found none among " + rows.read() + "; problems by code: " + problems + ".";
    }

    public byte[] toJson() {
        try {
            return JSON.writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a report is always JSON", e);
        }
    }

    public static DatasetReport fromJson(byte[] json) throws IOException {
        return JSON.readValue(json, DatasetReport.class);
    }
}

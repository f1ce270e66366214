package dev.hone.cli.backup;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.hone.cli.console.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a backup holds. Written last: a folder without it holds no whole backup.
 *
 * @param madeAt  ISO 8601 instant
 * @param topics  partitions by topic
 * @param groups  by consumer group and topic, the offset up to which each partition was read
 * @param records of all topics
 * @param objects of the bucket
 * @param bytes   of all objects
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record BackupSummary(String madeAt, Map<String, Integer> topics, Map<String, Map<String, Map<Integer, Long>>> groups, long records, long objects, long bytes) {
    private static final String FILE = "backup.json";
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    BackupSummary {
        topics = new TreeMap<>(topics);
        groups = new TreeMap<>(groups);
    }

    void write(Path folder) throws IOException {
        JSON.writeValue(folder.resolve(FILE).toFile(), this);
    }

    /** @throws Failure when there is no whole backup */
    static BackupSummary read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new Failure("Expected a backup in " + folder + ", found no " + FILE + " there: it is written last, so a backup without it was not finished. Make one: hone backup FOLDER");
        }
        try {
            return JSON.readValue(file.toFile(), BackupSummary.class);
        } catch (JsonProcessingException e) {
            throw new Failure("Expected " + file + " as hone backup writes it, found something else: " + e.getOriginalMessage(), e);
        }
    }

    /** Before a backup goes into a folder that has an older one: it is whole again when this is written again. */
    static void withdraw(Path folder) throws IOException {
        Files.deleteIfExists(folder.resolve(FILE));
    }
}

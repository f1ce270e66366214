package dev.hone.cli.backup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.cli.console.Failure;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.TopicPartition;

/** The records of each partition in a file of its own, {@code topics/<topic>/<partition>.jsonl.gz}. */
final class TopicFiles {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;

    TopicFiles(Path backup) {
        this.folder = backup.resolve("topics");
    }

    private Path file(TopicPartition partition) {
        return folder.resolve(partition.topic()).resolve(partition.partition() + ".jsonl.gz");
    }

    Writer write(TopicPartition partition) throws IOException {
        Path file = file(partition);
        Files.createDirectories(file.getParent());
        return new Writer(new BufferedWriter(new OutputStreamWriter(new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.UTF_8)));
    }

    Reader read(TopicPartition partition) throws IOException {
        Path file = file(partition);
        if (!Files.isRegularFile(file)) {
            throw new Failure("Expected the records of " + partition + " in " + file + ", found no such file: the backup is damaged. Use another one.");
        }
        return new Reader(file, new BufferedReader(new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8)));
    }

    record Writer(BufferedWriter out) implements AutoCloseable {
        void add(SavedRecord record) throws IOException {
            out.write(JSON.writeValueAsString(record));
            out.write('\n');
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }

    record Reader(Path file, BufferedReader in) implements AutoCloseable {
        /** Null after the last. */
        SavedRecord next() throws IOException {
            String line = in.readLine();
            try {
                return line == null ? null : JSON.readValue(line, SavedRecord.class);
            } catch (JsonProcessingException e) {
                throw new Failure("Expected a record in each line of " + file + ", found something else: " + e.getOriginalMessage(), e);
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}

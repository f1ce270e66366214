package dev.hone.cli.backup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.console.Failure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopicsRestoreTest {
    private static final TopicPartition PARTITION = new TopicPartition("deploy", 1);

    @TempDir Path folder;

    @Test
    void givenOffsetsWithGaps_whenAGroupGoesOn_thenItsNextRecordIsTheSame() {
        // compacted: 0, 1 and 6 are gone
        List<Long> saved = List.of(2L, 3L, 4L, 5L, 7L);

        assertEquals(0, TopicsRestore.position(saved, 0));
        assertEquals(0, TopicsRestore.position(saved, 2));
        assertEquals(3, TopicsRestore.position(saved, 5));
        assertEquals(4, TopicsRestore.position(saved, 6));
        assertEquals(4, TopicsRestore.position(saved, 7));
        assertEquals(5, TopicsRestore.position(saved, 8));
    }

    @Test
    void givenTextBytesAndAWithdrawnKey_whenSavedAndRead_thenEveryByteComesBack() throws Exception {
        byte[] binary = {(byte) 0xff, 0, (byte) 0xc3};
        TopicFiles files = new TopicFiles(folder);
        try (TopicFiles.Writer writer = files.write(PARTITION)) {
            writer.add(SavedRecord.of(record(4, "name".getBytes(StandardCharsets.UTF_8), "{\"größe\":1}".getBytes(StandardCharsets.UTF_8))));
            writer.add(SavedRecord.of(record(9, binary, null)));
        }

        try (TopicFiles.Reader reader = files.read(PARTITION)) {
            ProducerRecord<byte[], byte[]> text = reader.next().in("deploy", 1);
            ProducerRecord<byte[], byte[]> withdrawn = reader.next().in("deploy", 1);

            assertEquals("{\"größe\":1}", new String(text.value(), StandardCharsets.UTF_8));
            assertEquals(1234, text.timestamp());
            assertArrayEquals(binary, text.headers().lastHeader("binary").value());
            assertNull(text.headers().lastHeader("none").value());
            assertArrayEquals(binary, withdrawn.key());
            assertNull(withdrawn.value());
            assertNull(reader.next());
        }
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset, byte[] key, byte[] value) {
        RecordHeaders headers = new RecordHeaders();
        headers.add("binary", new byte[] {(byte) 0xff, 0, (byte) 0xc3});
        headers.add("none", null);
        return new ConsumerRecord<>("deploy", 1, offset, 1234, TimestampType.CREATE_TIME, 0, 0, key, value, headers, Optional.empty());
    }

    @Test
    void givenNoSummary_whenRead_thenItSaysThatTheBackupWasNotFinished() {
        Failure failure = assertThrows(Failure.class, () -> BackupSummary.read(folder));

        assertTrue(failure.getMessage().contains("was not finished"), failure.getMessage());
    }

    @Test
    void givenDamagedLine_whenRead_thenItSaysWhichFile() throws Exception {
        TopicFiles files = new TopicFiles(folder);
        try (var out = new java.util.zip.GZIPOutputStream(Files.newOutputStream(Files.createDirectories(folder.resolve("topics/deploy")).resolve("1.jsonl.gz")))) {
            out.write("{\"offset\":".getBytes(StandardCharsets.UTF_8));
        }

        try (TopicFiles.Reader reader = files.read(PARTITION)) {
            assertTrue(assertThrows(Failure.class, reader::next).getMessage().contains("1.jsonl.gz"));
        }
    }
}

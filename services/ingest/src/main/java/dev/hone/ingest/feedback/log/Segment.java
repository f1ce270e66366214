package dev.hone.ingest.feedback.log;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * The events of one partition between two offsets. Its object is a line of JSON, this record, and then a gzip member
 * per model with a line per event: so a model's events can be read alone, and {@code tail -n +2 | zcat} shows them all.
 *
 * @param next   the offset after the last one; where the next segment begins
 * @param blocks by model
 */
record Segment(long first, long next, Map<String, Block> blocks) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int HEAD = 64 << 10;

    Segment {
        if (first < 0 || next <= first) {
            throw new IllegalArgumentException("expected a segment of at least one offset, found " + first + " to " + next);
        }
        blocks = Map.copyOf(blocks);
    }

    /** A segment and its object's bytes. */
    record Encoded(Segment segment, byte[] bytes) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Head(long first, long next, Map<String, Block> models) {}

    static Encoded encode(long first, long next, List<Line> lines) throws IOException {
        Map<String, List<Line>> byModel = new TreeMap<>();
        lines.forEach(line -> byModel.computeIfAbsent(line.model(), model -> new ArrayList<>()).add(line));
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        Map<String, Block> blocks = new TreeMap<>();
        for (Map.Entry<String, List<Line>> entry : byModel.entrySet()) {
            int from = body.size();
            zip(entry.getValue(), body);
            blocks.put(entry.getKey(), block(from, body.size() - from, entry.getValue()));
        }
        byte[] head = JSON.writeValueAsBytes(new Head(first, next, blocks));
        ByteArrayOutputStream all = new ByteArrayOutputStream(head.length + 1 + body.size());
        all.write(head);
        all.write('\n');
        body.writeTo(all);
        return new Encoded(placed(new Head(first, next, blocks), head.length + 1), all.toByteArray());
    }

    private static void zip(List<Line> lines, ByteArrayOutputStream to) throws IOException {
        GZIPOutputStream zip = new GZIPOutputStream(to, 8192) {
            {
                def.setLevel(Deflater.BEST_SPEED);
            }
        };
        for (Line line : lines) {
            zip.write(line.json());
            zip.write('\n');
        }
        zip.finish();
    }

    private static Block block(int from, int length, List<Line> lines) {
        return new Block(from, length, count(lines, Line.Meaning.CORRECTION), count(lines, Line.Meaning.LIKED), count(lines, Line.Meaning.BAD),
                lines.stream().filter(line -> line.meaning() == Line.Meaning.CORRECTION).mapToLong(line -> line.time().toEpochMilli()).min().orElse(Long.MAX_VALUE));
    }

    private static int count(List<Line> lines, Line.Meaning meaning) {
        return (int) lines.stream().filter(line -> line.meaning() == meaning).count();
    }

    /** In the object the blocks are counted from the end of its first line, whose length depends on them. */
    private static Segment placed(Head head, int headLength) {
        Map<String, Block> blocks = new TreeMap<>();
        head.models().forEach((model, block) -> blocks.put(model,
                new Block(block.from() + headLength, block.length(), block.corrections(), block.liked(), block.bad(), block.oldest())));
        return new Segment(head.first(), head.next(), blocks);
    }

    /** Reads no more of the object than its first line. @throws dev.hone.artifacts.ArtifactMissing when there is no such object */
    static Segment read(Objects objects, String key) throws IOException {
        for (int length = HEAD; ; length *= 4) {
            byte[] bytes = objects.read(key, 0, length);
            for (int i = 0; i < bytes.length; i++) {
                if (bytes[i] == '\n') {
                    return placed(JSON.readValue(bytes, 0, i, Head.class), i + 1);
                }
            }
            if (bytes.length < length) {
                throw new IllegalStateException("expected a segment of feedback in the object " + key + ", found no line of JSON at its begin");
            }
        }
    }

    /** The lines of a block. */
    static String unzip(byte[] block) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(block))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}

package dev.hone.cli.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class KeptFeedbackTest {
    private final ByteArrayOutputStream segment = new ByteArrayOutputStream();

    private void member(String... ids) throws IOException {
        GZIPOutputStream zip = new GZIPOutputStream(segment);
        for (String id : ids) {
            zip.write(("{\"event_id\":\"" + id + "\",\"offset\":1}\n").getBytes(StandardCharsets.UTF_8));
        }
        zip.finish();
    }

    @Test
    void givenASegmentOfTwoModels_whenRead_thenEveryEventIsFoundAsOftenAsItLiesThere() throws IOException {
        segment.write("{\"first\":3,\"next\":6,\"models\":{}}\n".getBytes(StandardCharsets.UTF_8));
        member("a", "b");
        member("b");
        assertEquals(List.of("a", "b", "b"), KeptFeedback.ids(segment.toByteArray()));
    }
}

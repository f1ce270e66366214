package dev.hone.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.hone.ingest.intake.UserError;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoreNoticesTest {

    /** As MinIO writes it to Kafka, shortened (docs: bucket notifications, event data). */
    static String notice(String event, String bucket, String encodedKey) {
        return """
                {"EventName":"%1$s","Key":"%2$s/%3$s","Records":[{"eventVersion":"2.0","eventSource":"minio:s3","eventName":"%1$s",
                "s3":{"s3SchemaVersion":"1.0","bucket":{"name":"%2$s"},"object":{"key":"%3$s","size":21,"eTag":"e"}}}]}
                """.formatted(event, bucket, encodedKey);
    }

    private static List<String> keys(String json) throws Exception {
        return StoreNotices.keys(json.getBytes(StandardCharsets.UTF_8), "hone");
    }

    @Test
    void givenANotice_whenRead_thenTheKeyIsDecoded() throws Exception {
        assertEquals(List.of("inbox/shop/my questions.csv"), keys(notice("s3:ObjectCreated:Put", "hone", "inbox%2Fshop%2Fmy+questions.csv")));
    }

    @Test
    void givenAnotherBucketOrEvent_whenRead_thenItIsPassedOver() throws Exception {
        assertEquals(List.of(), keys(notice("s3:ObjectRemoved:Delete", "hone", "inbox%2Fshop%2Fa.csv")));
        assertEquals(List.of(), keys(notice("s3:ObjectCreated:Put", "other", "inbox%2Fshop%2Fa.csv")));
    }

    @Test
    void givenSomethingElse_whenRead_thenRefused() {
        assertThrows(UserError.class, () -> keys("{\"hello\":1}"));
        assertThrows(UserError.class, () -> StoreNotices.keys(null, "hone"));
        assertThrows(JsonProcessingException.class, () -> keys("hello"));
    }
}

package dev.hone.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hone.ingest.intake.UserError;
import io.smallrye.reactive.messaging.annotations.Blocking;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * S3 event notifications on a Kafka topic, as MinIO writes them. The topic is not Hone's and has no envelope; a record
 * that is none of these goes to the dead letters.
 */
@Singleton
class StoreNotices {
    private static final Logger LOG = LoggerFactory.getLogger(StoreNotices.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final InboxObjects objects;
    private final String bucket;

    StoreNotices(InboxObjects objects, IngestConfig config) {
        this.objects = objects;
        this.bucket = config.store().bucket();
    }

    @Incoming("store-events")
    @Blocking("inbox")
    void objectCreated(ConsumerRecord<String, byte[]> record) throws IOException, UserError, InterruptedException {
        try {
            for (String key : keys(record.value(), bucket)) {
                take(key);
            }
        } catch (IOException | UserError e) {
            LOG.warn("store notice put aside offset={} reason={}", record.offset(), e.getMessage());
            throw e;
        } catch (RuntimeException | Error e) {
            LOG.error("store notice put aside because of a bug offset={}", record.offset(), e);
            throw e;
        }
    }

    private void take(String key) throws InterruptedException {
        while (true) {
            try {
                objects.take(key);
                return;
            } catch (IOException e) {
                LOG.warn("inbox object cannot be taken yet, trying again key={} reason={}", key, e.toString());
                Thread.sleep(PAUSE);
            }
        }
    }

    /** Keys of objects that were created in {@code bucket}; the notice has them URL-encoded, with + for a blank. */
    static List<String> keys(byte[] notice, String bucket) throws IOException, UserError {
        JsonNode records = notice == null ? JSON.missingNode() : JSON.readTree(notice).path("Records");
        if (!records.isArray()) {
            throw new UserError("invalid_notice", "Expected an S3 event notification with a list Records, found something else.");
        }
        List<String> keys = new ArrayList<>();
        for (JsonNode record : records) {
            String event = record.path("eventName").asText("s3:ObjectCreated:Put");
            if (event.contains("ObjectCreated") && record.at("/s3/bucket/name").asText().equals(bucket)) {
                keys.add(URLDecoder.decode(record.at("/s3/object/key").asText(), StandardCharsets.UTF_8));
            }
        }
        return keys;
    }
}

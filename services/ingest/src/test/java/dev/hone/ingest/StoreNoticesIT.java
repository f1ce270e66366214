package dev.hone.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.HoneTestResource;
import dev.hone.testkit.KafkaProbe;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Without the poll, a file is only found through the store's notice. */
@QuarkusTest
@QuarkusTestResource(value = HoneTestResource.class, restrictToAnnotatedClass = true)
@TestProfile(StoreNoticesIT.NoPoll.class)
class StoreNoticesIT {
    private static final Duration LONG = Duration.ofSeconds(90);

    public static class NoPoll implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("hone.ingest.inbox-poll", "off");
        }
    }

    @Test
    void givenANoticeOfTheStore_whenItComes_thenTheFileBecomesADatasetAndNonsenseIsPutAside() throws Exception {
        ArtifactStore store = TestStore.withHoneNano();
        try (KafkaProbe kafka = new KafkaProbe(HoneServers.start().bootstrapServers())) {
            store.write("inbox/noticed/my questions.csv", "question,answer\nWhy?,Because.\n".getBytes(StandardCharsets.UTF_8));
            kafka.send("store.events", null, "this is no notice");
            kafka.send("store.events", "hone/inbox/noticed/my questions.csv", StoreNoticesTest.notice("s3:ObjectCreated:Put", "hone", "inbox%2Fnoticed%2Fmy+questions.csv"));

            var ready = kafka.await("dataset.ready", LONG, record -> KafkaProbe.text(record).contains("\"noticed\""));
            assertEquals(1, new ObjectMapper().readTree(ready.value()).path("train_rows").asInt());
            kafka.await("dlq.ingest", LONG, record -> KafkaProbe.text(record).equals("this is no notice"));
        }
    }
}

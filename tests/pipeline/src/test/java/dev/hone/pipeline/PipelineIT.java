package dev.hone.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.events.TopicAdmin;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a dataset to an answer, and from a correction to a better one: the demonstration, against services as processes of their own. */
class PipelineIT {
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    @TempDir
    Path folder;

    @Test
    void givenKafkaAndMinioInContainers_whenADatasetIsSent_thenTheModelAnswersAndLearnsFromCorrections() throws Exception {
        Assumptions.assumeTrue(Servers.isDockerThere(), "Docker is not reached here, so the pipeline is not run on the images of Kafka and MinIO. The same test runs on the embedded servers.");
        try (Servers servers = Servers.containers()) {
            runThrough(servers);
        }
    }

    @Test
    void givenTheEmbeddedServers_whenADatasetIsSent_thenTheModelAnswersAndLearnsFromCorrections() throws Exception {
        try (Servers servers = Servers.embedded()) {
            runThrough(servers);
        }
    }

    private void runThrough(Servers servers) throws Exception {
        TopicAdmin.createMissing(servers.kafka(), 3);
        ArtifactStore.connect(servers.store(), "others").createBucketIfMissing();
        try (Services services = new Services(folder, servers.environment())) {
            services.start("serving", "1g", Map.of("HONE_SERVING_ENGINE_CACHE_MIB", "128"));
            services.start("ingest", "512m", Map.of("HONE_INGEST_FEEDBACK_MIN_COUNT", "21"));
            for (String launcher : List.of("trainer", "quantizer", "evaluator")) {
                services.start(launcher, "256m", Map.of());
            }
            int code = services.hone("demo", PATIENCE, List.of("demo", "--cluster=" + services.url("ingest") + "," + services.url("serving")));
            assertEquals(0, code, services.said("demo"));
        }
    }
}

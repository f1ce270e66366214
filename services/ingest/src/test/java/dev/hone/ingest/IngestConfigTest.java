package dev.hone.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class IngestConfigTest {
    @Test
    void givenNoSettings_whenRead_thenTheDefaultsAreTheDocumentedOnes() {
        IngestConfig config = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(IngestConfig.class).build().getConfigMapping(IngestConfig.class);

        assertEquals("http://localhost:9000", config.store().endpoint());
        assertEquals("hone", config.store().bucket());
        assertEquals("us-east-1", config.store().region());
        assertEquals(Path.of(".hone/scratch/ingest"), config.workDir());
        assertEquals("hone-nano", config.ingest().defaultBase());
        assertEquals(0.05, config.ingest().validationShare());
        assertEquals(0.05, config.ingest().testShare());
        assertEquals("store.events", config.ingest().inboxTopic());
        assertEquals("2s", config.ingest().inboxPoll());
        assertEquals(10, config.ingest().feedback().minCount());
        assertEquals(Duration.ofHours(24), config.ingest().feedback().maxAge());
        assertEquals(Duration.ofMinutes(1), config.ingest().feedback().minInterval());
        assertEquals(10_000, config.ingest().feedback().maxCount());
        assertEquals(1_000, config.ingest().feedback().maxLiked());
        assertEquals(Duration.ofSeconds(1), config.ingest().feedback().flushEvery());
        assertEquals("30s", config.ingest().feedback().checkEvery());
        assertEquals(3, config.ingest().feedback().weight());
        assertEquals(4, config.ingest().feedback().replaceMinWords());
        assertTrue(config.ingest().feedback().replaceIdenticalAnswers());
    }
}

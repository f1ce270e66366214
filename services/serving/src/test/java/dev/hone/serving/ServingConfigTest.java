package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ServingConfigTest {
    @Test
    void givenNoSettings_whenRead_thenTheDefaultsAreTheDocumentedOnes() {
        ServingConfig config = new SmallRyeConfigBuilder().withMapping(ServingConfig.class).build().getConfigMapping(ServingConfig.class);

        assertEquals("http://localhost:9000", config.store().endpoint());
        assertEquals("hone", config.store().bucket());
        assertEquals("us-east-1", config.store().region());
        assertEquals(Path.of(".hone/scratch/serving"), config.workDir());
        assertEquals(2, config.serving().concurrentAnswers());
        assertEquals(64, config.serving().waitingAnswers());
        assertEquals(4096, config.serving().maxAnswerTokens());
        assertEquals(16_000_000, config.serving().rememberedCharacters());
        assertEquals(Duration.ofSeconds(10), config.serving().stopGrace());
    }
}

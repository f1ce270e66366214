package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ServingConfigTest {
    private static ServingConfig read(Map<String, String> settings) {
        return new SmallRyeConfigBuilder().withSources(new PropertiesConfigSource(settings, "test", 100)).withMapping(ServingConfig.class).build().getConfigMapping(ServingConfig.class);
    }

    @Test
    void givenNoSettings_whenRead_thenTheDefaultsAreTheDocumentedOnes() {
        ServingConfig config = read(Map.of());

        assertEquals("http://localhost:9000", config.store().endpoint());
        assertEquals("hone", config.store().bucket());
        assertEquals("us-east-1", config.store().region());
        assertEquals(Path.of(".hone/scratch/serving"), config.workDir());
        assertEquals(32, config.serving().concurrentAnswers());
        assertEquals(256, config.serving().waitingAnswers());
        assertEquals(4096, config.serving().maxAnswerTokens());
        assertEquals(16_000_000, config.serving().rememberedCharacters());
        assertEquals(Duration.ZERO, config.serving().stopWait());
        assertEquals(Duration.ofSeconds(10), config.serving().stopGrace());
        assertEquals(Optional.empty(), config.serving().answerIdSecret());
        assertEquals(16, config.serving().waitingShadows());
        assertEquals(0, config.serving().engine().threads());
        assertEquals(1024, config.serving().engine().cacheMib());
        assertEquals(256, config.serving().engine().stepTokens());
        assertEquals(1024, config.serving().adapters().memoryMib());
        assertEquals(256, config.serving().adapters().most());
        assertEquals(Duration.ofSeconds(30), config.serving().adapters().longestWait());
        assertEquals(2, config.serving().adapters().loaders());
        assertEquals("off", config.serving().answerLog().usual());
        assertEquals(Map.of(), config.serving().answerLog().models());
        assertEquals(Optional.empty(), config.serving().answerLog().redact());
    }

    @Test
    void givenModelsThatAreLogged_whenRead_thenEachHasItsSetting() {
        ServingConfig.AnswerLog log = read(Map.of("hone.serving.answer-log.models.support", "on", "hone.serving.answer-log.models.\"my.model\"", "0.01",
                "hone.serving.answer-log.redact", "ORD-[A-Z]+,K[0-9]{5}")).serving().answerLog();

        assertEquals(Map.of("support", "on", "my.model", "0.01"), log.models());
        assertEquals(Optional.of(List.of("ORD-[A-Z]+", "K[0-9]{5}")), log.redact());
    }
}

package dev.hone.quantizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hone.artifacts.StoreConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QuantizerConfigTest {

    @Test
    void givenNothing_whenConfigured_thenTheDefaultsAreThoseOfOneMachine() {
        QuantizerConfig config = configured(Map.of());
        assertEquals(Path.of(".hone/scratch/quantizer"), config.workDir());
        assertEquals(new StoreConfig("http://localhost:9000", "hone", "hone-secret", "hone", "us-east-1"), config.storeConfig());
    }

    @Test
    void givenEveryKey_whenConfigured_thenEachIsTaken() {
        QuantizerConfig config = configured(Map.of(
                "hone.work-dir", "w", "hone.store.endpoint", "http://s:1", "hone.store.access-key", "a", "hone.store.secret-key", "k",
                "hone.store.bucket", "b", "hone.store.region", "r"));
        assertEquals(Path.of("w"), config.workDir());
        assertEquals(new StoreConfig("http://s:1", "a", "k", "b", "r"), config.storeConfig());
    }

    private static QuantizerConfig configured(Map<String, String> values) {
        return new SmallRyeConfigBuilder().withMapping(QuantizerConfig.class).withDefaultValues(values).build().getConfigMapping(QuantizerConfig.class);
    }
}

package dev.hone.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Operators rely on these names and values: a change must be meant. */
class TrainerConfigTest {

    @Test
    void givenNothing_whenRead_thenTheseAreTheDefaults() {
        TrainerConfig config = read(Map.of());

        assertEquals(Path.of(".hone/scratch/trainer"), config.workDir());
        assertEquals("http://localhost:9000", config.store().endpoint());
        assertEquals("hone", config.store().accessKey());
        assertEquals("hone-secret", config.store().secretKey());
        assertEquals("hone", config.store().bucket());
        assertEquals("us-east-1", config.store().region());
    }

    @Test
    void givenEnvironmentVariables_whenRead_thenTheyCount() {
        TrainerConfig config = read(Map.of("HONE_STORE_ENDPOINT", "https://s3.example", "HONE_STORE_ACCESS_KEY", "k",
                "HONE_STORE_SECRET_KEY", "s", "HONE_STORE_BUCKET", "b", "HONE_WORK_DIR", "/var/hone"));

        assertEquals("https://s3.example", config.store().endpoint());
        assertEquals("k", config.store().accessKey());
        assertEquals("s", config.store().secretKey());
        assertEquals("b", config.store().bucket());
        assertEquals(Path.of("/var/hone"), config.workDir());
    }

    private static TrainerConfig read(Map<String, String> environment) {
        return new SmallRyeConfigBuilder().withMapping(TrainerConfig.class).withSources(new EnvConfigSource(environment, 300))
                .build().getConfigMapping(TrainerConfig.class);
    }
}

package dev.hone.evaluator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class EvaluatorConfigTest {
    @Test
    void givenNoSettings_whenRead_thenTheDefaultsAreTheDocumentedOnes() {
        EvaluatorConfig config = new SmallRyeConfigBuilder().withMapping(EvaluatorConfig.class).build().getConfigMapping(EvaluatorConfig.class);

        assertEquals("http://localhost:9000", config.store().endpoint());
        assertEquals("hone", config.store().accessKey());
        assertEquals("hone-secret", config.store().secretKey());
        assertEquals("hone", config.store().bucket());
        assertEquals("us-east-1", config.store().region());
        assertEquals(Path.of(".hone/scratch/evaluator"), config.workDir());
    }
}

package dev.hone.llm.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Vector loops beside the plain ones that take their place where there are no vectors. */
class VectorsTest {
    private static final float[] LOGITS = logits();

    private static float[] logits() {
        Random random = new Random(5);
        float[] logits = new float[50_003];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) (12 * random.nextGaussian());
        }
        return logits;
    }

    @Test
    void givenLogits_whenExponentiatedEitherWay_thenTheBitsAreTheSame() {
        float max = LOGITS[Largest.index(LOGITS)];
        float[] vectors = new float[LOGITS.length];
        int done = VectorExponentials.exp(LOGITS, LOGITS.length, max, 0.7f, vectors);
        assertTrue(done > LOGITS.length - 64);
        for (int i = 0; i < done; i++) {
            assertEquals(Float.floatToRawIntBits(Exponentials.exp((LOGITS[i] - max) * 0.7f)), Float.floatToRawIntBits(vectors[i]), "element " + i);
        }
    }

    @Test
    void givenLogits_whenLookedThroughByVectors_thenWhatIsFoundIsWhatALoopFinds() {
        float largest = Float.NEGATIVE_INFINITY;
        double sum = 0;
        for (float logit : LOGITS) {
            largest = Math.max(largest, logit);
            sum += logit >= 10 ? logit : 0;
        }
        assertEquals(largest, VectorScan.largest(LOGITS, 0, LOGITS.length));
        assertEquals(1, VectorScan.sumAtLeast(LOGITS, 10) / sum, 1e-3);
        for (int i = 0; i < VectorScan.larger(LOGITS, 0, 40); i++) {
            assertTrue(LOGITS[i] <= 40, "element " + i);
        }
    }
}

package dev.hone.llm.quant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class AffineRangeTest {
    /** The mission's own example: the range [0, 1000] to uint8. */
    @Test
    void givenZeroToThousand_whenMappedToEightBits_thenTheScaleIs3_92And250Becomes64() {
        AffineRange range = AffineRange.of(0, 1000);
        assertEquals(3.92, range.scale(), 0.005);
        assertEquals(0, range.zeroPoint());
        assertEquals(64, range.quantize(250));
        assertEquals(255, range.quantize(1000));
        assertEquals(0, range.quantize(0));
    }

    /** The mission's own example: the range [-20, 1000] to uint8. */
    @Test
    void givenMinusTwentyToThousand_whenMappedToEightBits_thenTheScaleIs4AndTheZeroPoint5() {
        AffineRange range = AffineRange.of(-20, 1000);
        assertEquals(4.0f, range.scale());
        assertEquals(5, range.zeroPoint());
        assertEquals(0, range.quantize(-20));
        assertEquals(5, range.quantize(0));
        assertEquals(0f, range.dequantize(5));
        assertEquals(255, range.quantize(1000));
    }

    @Test
    void givenARangeThatLacksZero_whenMapped_thenZeroStillHasACode() {
        AffineRange positive = AffineRange.of(510, 1020);
        assertEquals(4f, positive.scale());
        assertEquals(0, positive.zeroPoint());
        AffineRange negative = AffineRange.of(-510, -100);
        assertEquals(2f, negative.scale());
        assertEquals(255, negative.zeroPoint());
    }

    @Test
    void givenOnlyZeros_whenMapped_thenTheyStayZero() {
        AffineRange range = AffineRange.of(0, 0);
        assertEquals(0f, range.dequantize(range.quantize(0)));
    }

    @Test
    void givenNoRange_whenMapped_thenItIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> AffineRange.of(1, -1));
        assertThrows(IllegalArgumentException.class, () -> AffineRange.of(Double.NaN, 1));
    }
}

package dev.hone.llm.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SplitMix64Test {
    @Test
    void givenSeed1234567_whenDrawing_thenThePublishedSequenceComes() {
        SplitMix64 random = new SplitMix64(1234567);

        long[] drawn = LongStream.generate(random::nextLong).limit(5).toArray();

        // from running Vigna's splitmix64.c with this seed, as published on Rosetta Code, "Pseudo-random numbers/Splitmix64"
        long[] published = new long[] {6457827717110365317L, 3203168211198807973L, Long.parseUnsignedLong("9817491932198370423"),
            4593380528125082431L, Long.parseUnsignedLong("16408922859458223821")};
        assertArrayEquals(published, drawn);
    }

    @Test
    void givenManyDraws_whenTakingDoubles_thenTheyAreUniformInTheUnitInterval() {
        SplitMix64 random = new SplitMix64(42);
        double sum = 0;
        for (int i = 0; i < 100_000; i++) {
            double drawn = random.nextDouble();
            assertTrue(drawn >= 0 && drawn < 1);
            sum += drawn;
        }
        // the mean of n uniform draws has a standard deviation of 1 / sqrt(12 n), here 0.0009
        assertEquals(0.5, sum / 100_000, 0.005);
    }
}

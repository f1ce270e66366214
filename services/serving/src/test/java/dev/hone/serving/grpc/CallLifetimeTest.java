package dev.hone.serving.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CallLifetimeTest {
    @Test
    void givenHeadersOfEachUnit_whenParsed_thenTheTimeLeftIsTheirs() {
        // the units of gRPC over HTTP/2, "Timeout"
        assertLeft("2H", 7_200_000);
        assertLeft("3M", 180_000);
        assertLeft("4S", 4_000);
        assertLeft("2500m", 2_500);
        assertLeft("5000000u", 5_000);
        assertLeft("99999999n", 99);
    }

    private static void assertLeft(String header, long millis) {
        long left = CallLifetime.parse(header).orElseThrow().timeRemaining(TimeUnit.MILLISECONDS);
        assertTrue(left <= millis && left > millis - 2_000, header + " leaves " + left);
    }

    @Test
    void givenNoneOrABrokenHeader_whenParsed_thenThereIsNoDeadline() {
        for (String header : new String[] {null, "", "5", "S", "-5S", "123456789S", "5x"}) {
            assertEquals(true, CallLifetime.parse(header).isEmpty(), header);
        }
    }
}

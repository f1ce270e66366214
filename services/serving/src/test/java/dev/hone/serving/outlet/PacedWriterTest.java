package dev.hone.serving.outlet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacedWriterTest {
    private final List<String> read = new ArrayList<>();
    private int room = Integer.MAX_VALUE;
    private final PacedWriter<String> writer = new PacedWriter<>(Runnable::run, new PacedWriter.Outlet<>() {
        @Override
        public boolean isReady() {
            return room > 0;
        }

        @Override
        public void write(String piece) {
            room--;
            read.add(piece);
        }
    }, 10, () -> read.add("too slow"));

    @Test
    void givenAFastReader_whenPiecesAreSent_thenEachLeavesAtOnceAndTheEndLast() {
        writer.send("a", 5);
        writer.send("b", 50);
        writer.end(() -> read.add("end"));

        assertEquals(List.of("a", "b", "end"), read);
    }

    @Test
    void givenASlowReader_whenItReadsAgain_thenItGetsAllInOrderAndTheEndAfterThem() {
        room = 1;
        writer.send("a", 3);
        writer.send("b", 3);
        writer.send("c", 3);
        writer.end(() -> read.add("end"));
        assertEquals(List.of("a"), read);

        room = 1;
        writer.ready();
        assertEquals(List.of("a", "b"), read);
        room = 5;
        writer.ready();
        assertEquals(List.of("a", "b", "c", "end"), read);
    }

    @Test
    void givenAReaderThatStopped_whenMoreWaitsThanTheBound_thenItIsToldOnceAndNothingElseIsWritten() {
        room = 0;
        writer.send("a", 6);
        writer.send("b", 6);
        writer.send("c", 6);
        writer.end(() -> read.add("end"));
        room = 5;
        writer.ready();

        assertEquals(List.of("too slow"), read);
    }

    @Test
    void givenAClientThatLeft_whenMoreIsSent_thenNothingIsWritten() {
        writer.send("a", 1);
        writer.abandon();
        writer.send("b", 1);
        writer.end(() -> read.add("end"));

        assertEquals(List.of("a"), read);
    }
}

package dev.hone.llm.forward;

import dev.hone.llm.format.AdapterFiles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * An adapter's matrices for one projection of the base, in bf16 outside the heap. Modules that read the same input and are
 * stacked in the base (q, k and v; gate and up) are stacked here: their A one under the other, [R, in] with R the sum of
 * their ranks, their B side by side. The scale is in B.
 *
 * <p>A row of A is [in / 32][16] pairs of values that are 16 apart; B of a module is [out / 16][r / 2][16] pairs of neighbouring ranks: both are
 * read from one end to the other. Inputs are rounded up to 32, ranks to 2 and outputs to 16 by zeros.
 *
 * @param modules that have an adapter
 * @param ranks of all of them, each rounded up to 2
 */
record LoraStack(int inputs, int ranks, MemorySegment a, List<Module> modules) {
    static final int CHUNK = 2 * Lanes.RUN;

    /** Bytes from a pair of ranks of an output to the next pair. */
    static final long PAIR_STEP = 4L * Lanes.RUN;
    private static final long LINE = 64;

    private static final ValueLayout.OfInt PAIR = ValueLayout.JAVA_INT.withOrder(Lanes.ORDER);

    /**
     * @param rankFrom its first row in A
     * @param rank rounded up to 2
     * @param outputFrom its first output in the projection
     */
    record Module(int rankFrom, int rank, int outputFrom, int outputs, MemorySegment b) {
        /** Where the first pair of ranks of an output lies; the next pairs follow at {@link #PAIR_STEP}. */
        long at(int output) {
            return (long) output / Lanes.RUN * (rank / 2) * PAIR_STEP + 4L * (output % Lanes.RUN);
        }

        private static long bytes(AdapterFiles.Pair pair) {
            return 4L * Lanes.roundedUp(pair.out()) * (even(pair.r()) / 2);
        }

        private static Module of(AdapterFiles.Pair pair, float scale, int rankFrom, int outputFrom, SegmentAllocator memory) {
            int rank = even(pair.r());
            Module module = new Module(rankFrom, rank, outputFrom, pair.out(), memory.allocate(bytes(pair), LINE));
            for (int r = 0; r < pair.r(); r += 2) {
                for (int o = 0; o < pair.out(); o++) {
                    int at = o * pair.r() + r;
                    module.b.set(PAIR, module.at(o) + r / 2 * PAIR_STEP, Lanes.pair(scale * pair.b()[at], r + 1 < pair.r() ? scale * pair.b()[at + 1] : 0));
                }
            }
            return module;
        }
    }

    /** One module's share of a stack. */
    record Part(AdapterFiles.Pair pair, float scale, int outputFrom) {}

    /** What a stack of these takes. */
    static long bytes(List<Part> parts) {
        return parts.stream().mapToLong(part -> rowBytes(part.pair.in()) * even(part.pair.r()) + Module.bytes(part.pair)).sum();
    }

    /** @param memory zeroed */
    static LoraStack of(List<Part> parts, SegmentAllocator memory) {
        int inputs = parts.getFirst().pair.in();
        int ranks = parts.stream().mapToInt(part -> even(part.pair.r())).sum();
        MemorySegment a = memory.allocate(rowBytes(inputs) * ranks, LINE);
        List<Module> modules = new ArrayList<>();
        int rank = 0;
        for (Part part : parts) {
            for (int r = 0; r < part.pair.r(); r++) {
                storeRow(part.pair.a(), r * inputs, inputs, a, (rank + r) * rowBytes(inputs));
            }
            modules.add(Module.of(part.pair, part.scale, rank, part.outputFrom, memory));
            rank += even(part.pair.r());
        }
        return new LoraStack(inputs, ranks, a, List.copyOf(modules));
    }

    private static void storeRow(float[] values, int from, int inputs, MemorySegment into, long at) {
        for (int chunk = 0; chunk < inputs; chunk += CHUNK) {
            for (int i = 0; i < Lanes.RUN && chunk + i < inputs; i++) {
                int second = chunk + Lanes.RUN + i;
                into.set(PAIR, at + 2L * chunk + 4L * i, Lanes.pair(values[from + chunk + i], second < inputs ? values[from + second] : 0));
            }
        }
    }

    private static int even(int rank) {
        return rank + rank % 2;
    }

    private static long rowBytes(int inputs) {
        return 2L * Math.ceilDiv(inputs, CHUNK) * CHUNK;
    }

    long rowBytes() {
        return rowBytes(inputs);
    }
}

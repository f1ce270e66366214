package dev.hone.llm.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Memory for weights, in huge pages where the system gives them: a pass over a model touches each page once, and finding pages takes time. */
public final class WeightMemory {
    private static final Logger LOG = LoggerFactory.getLogger(WeightMemory.class);
    private static final long HUGE_PAGE = 2L << 20;
    private static final long LINE = 64;
    /** From sys/mman.h of Linux. */
    private static final int MADV_HUGEPAGE = 14;

    private static final Optional<MethodHandle> MADVISE = Linker.nativeLinker().defaultLookup().find("madvise").map(address -> Linker.nativeLinker().downcallHandle(
            address, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT)));

    private WeightMemory() {}

    /** Zeroed memory that begins where a line of the cache does. */
    public static MemorySegment allocate(Arena arena, long bytes) {
        if (bytes < HUGE_PAGE) {
            return arena.allocate(Math.max(bytes, 1), LINE);
        }
        MemorySegment memory = arena.allocate(Math.ceilDiv(bytes, HUGE_PAGE) * HUGE_PAGE, HUGE_PAGE);
        MADVISE.ifPresent(madvise -> {
            try {
                int refused = (int) madvise.invokeExact(memory, memory.byteSize(), MADV_HUGEPAGE);
                LOG.debug("Huge pages asked for: bytes={} refused={}", memory.byteSize(), refused != 0);
            } catch (Throwable e) {
                throw new IllegalStateException("Calling madvise failed.", e);
            }
        });
        return memory.asSlice(0, bytes);
    }
}

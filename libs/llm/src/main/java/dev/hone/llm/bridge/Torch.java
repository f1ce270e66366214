package dev.hone.llm.bridge;

import ai.djl.ndarray.NDManager;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the tensor engine the way this project wants it. */
public final class Torch {
    private static final Logger LOG = LoggerFactory.getLogger(Torch.class);

    /** From malloc.h of the GNU C library. */
    private static final int M_TRIM_THRESHOLD = -1;
    private static final int M_MMAP_THRESHOLD = -3;
    private static final int GIBIBYTE = 1 << 30;

    static {
        // DJL counts its users over the network unless it is told to be offline
        System.setProperty("ai.djl.offline", System.getProperty("ai.djl.offline", "true"));
        // The library reads these when it is loaded, so they must be set before the first tensor. OpenMP's threads spin while
        // they wait for each other; beside other busy processes that made a training step five times slower.
        // Not to spin at all made small models half as fast, because sleeping threads wake late: so they spin for some tens of
        // microseconds, which covers the gaps between the operations of a step.
        setEnvironment("OMP_WAIT_POLICY", "PASSIVE");
        setEnvironment("GOMP_SPINCOUNT", "2000");
        // oneDNN keeps a program for every shape of a product it has met, up to 1,024, of up to a megabyte each
        setEnvironment("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "512");
        keepMemory();
    }

    /**
     * A training step makes and frees the same large tensors again and again. Given back to the system each time, their pages
     * would be zeroed and mapped anew, which took a quarter of a step; in huge pages and kept by the allocator they are not.
     */
    private static void keepMemory() {
        setEnvironment("THP_MEM_ALLOC_ENABLE", "1");
        Linker.nativeLinker().defaultLookup().find("mallopt").ifPresent(mallopt -> {
            MethodHandle call = Linker.nativeLinker().downcallHandle(mallopt, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            for (int setting : new int[] {M_MMAP_THRESHOLD, M_TRIM_THRESHOLD}) {
                try {
                    int accepted = (int) call.invokeExact(setting, GIBIBYTE);
                    LOG.debug("Allocator set: setting={} accepted={}", setting, accepted);
                } catch (Throwable e) {
                    throw new IllegalStateException("Calling mallopt failed.", e);
                }
            }
        });
    }

    private Torch() {}

    /** The root of a tree of tensors; on the first GPU if the engine has one. */
    public static NDManager newManager() {
        return NDManager.newBaseManager();
    }

    /** Sets a variable of this process unless the user has. Java's own view of the environment does not change. */
    private static void setEnvironment(String name, String value) {
        Linker linker = Linker.nativeLinker();
        Optional<MemorySegment> setenv = linker.defaultLookup().find("setenv");
        if (setenv.isEmpty()) {
            return;
        }
        FunctionDescriptor signature = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        boolean overwrite = false;
        try (Arena arena = Arena.ofConfined()) {
            int failed = (int) linker.downcallHandle(setenv.get(), signature).invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), overwrite ? 1 : 0);
            if (failed != 0) {
                LOG.warn("Could not set a variable of the process: name={}", name);
            }
        } catch (Throwable e) {
            throw new IllegalStateException("Calling setenv failed.", e);
        }
    }
}

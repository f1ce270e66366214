package dev.hone.llm.bridge;

import ai.djl.ndarray.NDManager;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the tensor engine the way this project wants it. */
public final class Torch {
    private static final Logger LOG = LoggerFactory.getLogger(Torch.class);

    static {
        // DJL counts its users over the network unless it is told to be offline
        System.setProperty("ai.djl.offline", System.getProperty("ai.djl.offline", "true"));
        // OpenMP's threads spin while they wait for each other; beside other busy processes that made a training step
        // five times slower. The library reads this when it is loaded, so it must be set before the first tensor.
        setEnvironment("OMP_WAIT_POLICY", "PASSIVE");
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

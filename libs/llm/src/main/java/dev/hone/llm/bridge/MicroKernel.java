package dev.hone.llm.bridge;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's own product of small blocks on the matrix unit of x86-64 processors (AMX), one thread at a time, over memory
 * that the caller lays out. ATen exports it as {@code at::native::cpublas::brgemm} and no operator of it fits: they pack
 * weights anew for each call, and round activations for the whole batch together.
 *
 * <p>B is [k / p, ldb, p] with p values of the inner dimension side by side: 4 bytes, or 2 of bf16. After a thread's last
 * product {@link #release} must be called there, because other products of the engine set the matrix unit up for themselves.
 */
public final class MicroKernel {
    private static final Logger LOG = LoggerFactory.getLogger(MicroKernel.class);
    private static final String LIBRARY = "libtorch_cpu.so";
    private static final String BYTES = "_ZN2at6native7cpublas6brgemmEllllllbPKhPKaPib";
    private static final String BF16 = "_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb";
    private static final String RELEASE = "_ZN2at6native7cpublas14brgemm_releaseEb";
    private static final Optional<MicroKernel> FOUND = find();

    private final MethodHandle bytes;
    private final MethodHandle bf16;
    private final MethodHandle release;

    private MicroKernel(SymbolLookup library) {
        ValueLayout.OfLong size = ValueLayout.JAVA_LONG;
        ValueLayout.OfBoolean flag = ValueLayout.JAVA_BOOLEAN;
        FunctionDescriptor product = FunctionDescriptor.ofVoid(size, size, size, size, size, size, flag, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS, flag);
        this.bytes = handle(library, BYTES, product);
        this.bf16 = handle(library, BF16, product);
        this.release = handle(library, RELEASE, FunctionDescriptor.ofVoid(flag));
    }

    /** Calls last microseconds and get arrays of the heap, which must not move meanwhile. */
    private static MethodHandle handle(SymbolLookup library, String symbol, FunctionDescriptor signature) {
        return Linker.nativeLinker().downcallHandle(library.findOrThrow(symbol), signature, Linker.Option.critical(true));
    }

    /** Empty where the processor has no matrix unit for bytes and bf16, or the engine's library does not export the product. */
    public static Optional<MicroKernel> found() {
        return FOUND;
    }

    private static Optional<MicroKernel> find() {
        try {
            if (!hasMatrixUnit()) {
                return Optional.empty();
            }
            try (NDManager loaded = Torch.newManager()) {
                LOG.debug("Engine loaded: device={}", loaded.getDevice());
            }
            return Optional.of(new MicroKernel(SymbolLookup.libraryLookup(mapped(), Arena.global())));
        } catch (IOException | RuntimeException e) {
            LOG.info("The matrix unit is not used: reason={}", e.toString());
            return Optional.empty();
        }
    }

    /** Asked of the processor first: the engine ends the process where it does not find what it needs. */
    private static boolean hasMatrixUnit() throws IOException {
        Path processors = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(processors)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(processors)) {
            return lines.filter(line -> line.startsWith("flags")).findFirst().filter(flags -> flags.contains(" amx_int8") && flags.contains(" amx_bf16")).isPresent();
        }
    }

    /** Where the engine's library lies that this process has loaded. */
    private static Path mapped() throws IOException {
        Pattern path = Pattern.compile(".*\\s(/\\S*" + Pattern.quote(LIBRARY) + ")$");
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.map(path::matcher).filter(Matcher::matches).findFirst().map(match -> Path.of(match.group(1)))
                    .orElseThrow(() -> new IOException(LIBRARY + " is not loaded"));
        }
    }

    /** C [m, n] s32 = A [m, k] u8 times B s8; lda, ldb and ldc in elements. */
    public void bytes(int m, int n, int k, int lda, int ldb, int ldc, MemorySegment a, MemorySegment b, MemorySegment c) {
        try {
            bytes.invokeExact((long) m, (long) n, (long) k, (long) lda, (long) ldb, (long) ldc, false, a, b, c, true);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** C [m, n] f32 = A [m, k] bf16 times B bf16. */
    public void bf16(int m, int n, int k, int lda, int ldb, int ldc, MemorySegment a, MemorySegment b, MemorySegment c) {
        try {
            bf16.invokeExact((long) m, (long) n, (long) k, (long) lda, (long) ldb, (long) ldc, false, a, b, c, true);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** Gives the matrix unit back, on the calling thread. */
    public void release() {
        try {
            release.invokeExact(true);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private static IllegalStateException failed(Throwable e) {
        return new IllegalStateException("Calling the engine's block product failed.", e);
    }
}

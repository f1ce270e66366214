package dev.hone.llm.forward;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Zeroed memory of the C library's, because a shared arena's is given back at the cost of stopping every thread for a moment.
 * Whoever frees it must know that nobody reads it any more.
 *
 * @param whole as the library gave it
 * @param values its part that begins where a line of the cache does
 */
record NativeBlock(MemorySegment whole, MemorySegment values) {
    private static final long LINE = 64;
    private static final MethodHandle CALLOC = handle("calloc", FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle FREE = handle("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
    }

    static NativeBlock of(long bytes) {
        MemorySegment whole = call(bytes + LINE).reinterpret(bytes + LINE);
        return new NativeBlock(whole, whole.asSlice(-whole.address() & (LINE - 1), bytes));
    }

    private static MemorySegment call(long bytes) {
        try {
            MemorySegment found = (MemorySegment) CALLOC.invokeExact(1L, bytes);
            if (found.address() == 0) {
                throw new OutOfMemoryError("Expected " + bytes + " bytes outside the heap for keys and values, found none left. Give the cache fewer bytes, or the process more memory.");
            }
            return found;
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    void free() {
        try {
            FREE.invokeExact(whole);
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}

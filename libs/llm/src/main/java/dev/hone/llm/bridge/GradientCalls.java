package dev.hone.llm.bridge;

import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;

/**
 * Runs a TorchScript method outside inference mode, so that gradients can be taken inside it. DJL's own
 * {@code IValueUtils.runMethod} always enters inference mode, and the flag it passes lies behind package-private access.
 * Method handles reach it and not a class in DJL's package: where two class loaders share the work, as in Quarkus' tests,
 * such a class would be in another run-time package.
 */
final class GradientCalls {
    private static final MethodHandle RUN = run();
    private static final MethodHandle VALUE = value();

    private GradientCalls() {}

    /** Like {@link ai.djl.pytorch.jni.IValueUtils#runMethod}, with gradients possible. */
    static IValue runMethod(PtSymbolBlock program, String method, IValue... arguments) {
        long[] handles = new long[arguments.length];
        for (int i = 0; i < handles.length; i++) {
            handles[i] = arguments[i].getHandle();
        }
        boolean training = true;
        boolean separateCudaStream = false;
        try {
            long result = (long) RUN.invokeExact((long) program.getHandle(), method, handles, training, separateCudaStream);
            return (IValue) VALUE.invokeExact(result);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("DJL's native methods declare no checked exception", e);
        }
    }

    private static MethodHandle run() {
        try {
            Class<?> library = Class.forName("ai.djl.pytorch.jni.PyTorchLibrary", true, IValue.class.getClassLoader());
            Field instance = library.getDeclaredField("LIB");
            instance.setAccessible(true);
            Method method = library.getDeclaredMethod("moduleRunMethod", long.class, String.class, long[].class, boolean.class, boolean.class);
            method.setAccessible(true);
            return MethodHandles.lookup().unreflect(method).bindTo(instance.get(null))
                    .asType(MethodType.methodType(long.class, long.class, String.class, long[].class, boolean.class, boolean.class));
        } catch (ReflectiveOperationException e) {
            throw otherVersion(e);
        }
    }

    private static MethodHandle value() {
        try {
            Constructor<IValue> constructor = IValue.class.getDeclaredConstructor(long.class);
            constructor.setAccessible(true);
            return MethodHandles.lookup().unreflectConstructor(constructor);
        } catch (ReflectiveOperationException e) {
            throw otherVersion(e);
        }
    }

    private static IllegalStateException otherVersion(ReflectiveOperationException e) {
        return new IllegalStateException("Expected the pytorch-engine that this project pins, found one whose PyTorchLibrary or IValue differs."
                + " Use the version in the root pom.xml.", e);
    }
}

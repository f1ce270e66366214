package ai.djl.pytorch.jni;

import ai.djl.pytorch.engine.PtSymbolBlock;

/**
 * Runs a TorchScript method outside inference mode, so that gradients can be taken inside it. DJL's own
 * {@code IValueUtils.runMethod} always enters inference mode, and the flag it passes lies behind package-private access:
 * that is the only reason for a class in DJL's package. Only {@code dev.hone.llm.bridge} calls it.
 */
public final class GradientCalls {
    private GradientCalls() {}

    /** Like {@link IValueUtils#runMethod}, with gradients possible. */
    public static IValue runMethod(PtSymbolBlock program, String method, IValue... arguments) {
        long[] handles = new long[arguments.length];
        for (int i = 0; i < handles.length; i++) {
            handles[i] = arguments[i].getHandle();
        }
        boolean training = true;
        boolean separateCudaStream = false;
        return new IValue(PyTorchLibrary.LIB.moduleRunMethod(program.getHandle(), method, handles, training, separateCudaStream));
    }
}

package dev.hone.llm.bridge;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;

/**
 * A numerical program: a class in TorchScript source text, loaded once, whose methods are called with tensors, lists of
 * tensors and numbers. The text is to this project what a shader is to a renderer. Safe for concurrent calls as long as
 * the program keeps no state of its own, and none here does.
 *
 * <p>Arguments: {@link NDArray}, {@link TensorList}, Integer, Long, Double, Boolean, {@code long[]}. Results are one tensor
 * or a list or tuple of tensors, owned by the manager passed in: close that manager, or they leak.
 */
public final class TorchProgram implements AutoCloseable {
    /** ATen's numbers of element types, for {@code to} and {@code view} inside programs. */
    public static final int UINT8 = 0;

    public static final int FLOAT32 = 6;
    public static final int BFLOAT16 = 15;

    /** Compiling a graph for its shapes pauses and gains nothing here; the switch is per thread. */
    private static final ThreadLocal<Boolean> INTERPRETED = ThreadLocal.withInitial(() -> {
        JniUtils.setGraphExecutorOptimize(false);
        return true;
    });

    private final PtSymbolBlock block;

    private TorchProgram(PtSymbolBlock block) {
        this.block = block;
    }

    /**
     * @param manager lives as long as the program
     * @param className the class that {@code source} defines
     * @param attributes the values of the attributes that the class declares, in order
     */
    public static TorchProgram load(NDManager manager, String className, String source, SequencedMap<String, Object> attributes) {
        byte[] archive = TorchArchive.pack(className, source, attributes);
        try {
            return new TorchProgram(JniUtils.loadModule((PtNDManager) manager, new ByteArrayInputStream(archive), false, false));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a method without gradients; its result can never take part in training. */
    public NDList infer(NDManager owner, String method, Object... arguments) {
        return call(owner, false, method, arguments);
    }

    /** Runs a method that takes gradients inside, or makes tensors that later take part in training. */
    public NDList train(NDManager owner, String method, Object... arguments) {
        return call(owner, true, method, arguments);
    }

    private NDList call(NDManager owner, boolean gradients, String method, Object... arguments) {
        INTERPRETED.get();
        List<IValue> temporaries = new ArrayList<>();
        try {
            IValue[] in = new IValue[arguments.length];
            for (int i = 0; i < in.length; i++) {
                in[i] = arguments[i] instanceof TensorList list ? list.value() : temporary(arguments[i], temporaries);
            }
            try (IValue result = gradients ? GradientCalls.runMethod(block, method, in) : IValueUtils.runMethod(block, method, in)) {
                return tensors(result, (PtNDManager) owner);
            }
        } finally {
            temporaries.forEach(IValue::close);
        }
    }

    private static NDList tensors(IValue result, PtNDManager owner) {
        if (result.isTensor()) {
            return new NDList(result.toTensor(owner));
        }
        if (result.isTensorList() || result.isList() || result.isTuple()) {
            return result.toNDList(owner);
        }
        return new NDList();
    }

    private static IValue temporary(Object argument, List<IValue> temporaries) {
        IValue value = switch (argument) {
            case PtNDArray tensor -> IValue.from(tensor);
            case Integer i -> IValue.from(i.longValue());
            case Long l -> IValue.from(l.longValue());
            case Double d -> IValue.from(d.doubleValue());
            case Boolean b -> IValue.from(b.booleanValue());
            case long[] list -> IValue.listFrom(list);
            default -> throw new IllegalArgumentException("A program takes tensors, lists of tensors and numbers, not a " + argument.getClass().getName() + ".");
        };
        temporaries.add(value);
        return value;
    }

    @Override
    public void close() {
        block.close();
    }
}

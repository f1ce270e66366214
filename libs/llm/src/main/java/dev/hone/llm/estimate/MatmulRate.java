package dev.hone.llm.estimate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.model.Precision;
import java.util.LinkedHashMap;

/** How fast this machine multiplies large matrices now, with the threads that training would have. */
public final class MatmulRate {
    private static final int N = 1024;
    private static final int TRIES = 5;
    private static final double OPERATIONS = 2.0 * N * N * N;
    private static final String PROGRAM = """
            class Rate(Module):
              __parameters__ = []
              __buffers__ = []
              def drawn(self, n: int, dtype: int) -> Tensor:
                return torch.randn([n, n]).to(dtype)
              def product(self, a: Tensor, b: Tensor) -> Tensor:
                return torch.sum(torch.matmul(a, b).float())
            """;

    private MatmulRate() {}

    /**
     * The best of a few products of 1024 x 1024, below a second in all where the library is loaded.
     *
     * @param computeDtype bf16 or f32
     * @return floating-point operations per second
     */
    public static double measure(String computeDtype) {
        try (NDManager manager = Torch.newManager()) {
            try (TorchProgram program = TorchProgram.load(manager, "Rate", PROGRAM, new LinkedHashMap<>())) {
                int dtype = Precision.of(computeDtype).code();
                NDArray a = program.infer(manager, "drawn", N, dtype).get(0);
                NDArray b = program.infer(manager, "drawn", N, dtype).get(0);
                double best = Double.MAX_VALUE;
                for (int i = 0; i < TRIES; i++) {
                    best = Math.min(best, seconds(program, manager, a, b));
                }
                return OPERATIONS / best;
            }
        }
    }

    private static double seconds(TorchProgram program, NDManager manager, NDArray a, NDArray b) {
        long began = System.nanoTime();
        try (NDArray sum = program.infer(manager, "product", a, b).get(0)) {
            sum.getFloat();
        }
        return (System.nanoTime() - began) / 1e9;
    }
}

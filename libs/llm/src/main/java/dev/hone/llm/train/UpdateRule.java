package dev.hone.llm.train;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.TorchProgram;
import java.util.List;

/** How one kind of optimizer moves values by their gradients, and what it keeps from step to step. */
sealed interface UpdateRule {
    /** Elements that share an absolute maximum in 8-bit state. */
    int BLOCK = 256;

    /**
     * One tensor kept per parameter, zero at first.
     *
     * @param suffix after the parameter's name, in checkpoints
     * @param elementsPerEntry 1, or {@link #BLOCK} for what a block shares
     */
    record Slot(String suffix, DataType type, int elementsPerEntry) {
        long entries(long elements) {
            return Math.ceilDiv(elements, (long) elementsPerEntry);
        }
    }

    List<Slot> slots();

    /** @param step counts from 1 */
    void apply(TorchProgram program, NDManager scope, ParameterGroup group, long step, double learningRate);

    /** AdamW with both moments in f32, by PyTorch's fused kernel. */
    record AdamW(double beta1, double beta2, double epsilon) implements UpdateRule {
        private static final List<Slot> SLOTS = List.of(new Slot("exp_avg", DataType.FLOAT32, 1), new Slot("exp_avg_sq", DataType.FLOAT32, 1));

        @Override
        public List<Slot> slots() {
            return SLOTS;
        }

        @Override
        public void apply(TorchProgram program, NDManager scope, ParameterGroup g, long step, double learningRate) {
            program.train(scope, "adamw", g.values(), g.gradients(), g.state(0), g.state(1), step, learningRate, beta1, beta2, g.decay(), epsilon);
        }
    }

    /**
     * AdamW with both moments in 8 bits, and an f32 maximum per block: 2.03 bytes a parameter instead of 8.
     *
     * @param tables those of {@link EightBitTables}
     */
    record AdamW8bit(double beta1, double beta2, double epsilon, TensorList tables) implements UpdateRule {
        private static final List<Slot> SLOTS = List.of(new Slot("exp_avg", DataType.UINT8, 1), new Slot("exp_avg.absmax", DataType.FLOAT32, BLOCK),
                new Slot("exp_avg_sq", DataType.UINT8, 1), new Slot("exp_avg_sq.absmax", DataType.FLOAT32, BLOCK));

        @Override
        public List<Slot> slots() {
            return SLOTS;
        }

        @Override
        public void apply(TorchProgram program, NDManager scope, ParameterGroup g, long step, double learningRate) {
            program.train(scope, "adamw_8bit", g.values(), g.gradients(), g.state(0), g.state(1), g.state(2), g.state(3), tables,
                    step, learningRate, beta1, beta2, g.decay(), epsilon);
        }
    }

    /** Stochastic gradient descent; without momentum it keeps nothing. */
    record Sgd(double momentum) implements UpdateRule {
        private static final List<Slot> SLOTS = List.of(new Slot("momentum_buffer", DataType.FLOAT32, 1));

        @Override
        public List<Slot> slots() {
            return momentum == 0 ? List.of() : SLOTS;
        }

        @Override
        public void apply(TorchProgram program, NDManager scope, ParameterGroup g, long step, double learningRate) {
            try (TensorList none = TensorList.of(List.of())) {
                program.train(scope, "sgd", g.values(), g.gradients(), momentum == 0 ? none : g.state(0), learningRate, momentum, g.decay());
            }
        }
    }
}

package dev.hone.llm.train;

import dev.hone.llm.model.LlamaNames;
import java.util.List;
import java.util.Set;

/**
 * Everything that shapes a run beside its data: two runs with equal recipes, data and base are equal to the last bit on
 * one kind of machine.
 *
 * @param method qlora (LoRA on a frozen NF4 base), lora (on the unquantized base) or full (every weight trains)
 * @param objective chat (rows as they are, loss on trainable tokens) or next_token (rows run together and cut into blocks)
 * @param loraAlpha the adapter counts alpha / r
 * @param targetModules names like q_proj; empty means all linear modules
 * @param lrScheduler constant, linear or cosine, after the warm-up
 * @param warmupSteps optimizer steps of linear warm-up; -1 takes {@code warmupRatio} of all
 * @param maxSteps optimizer steps; 0 takes {@code numEpochs}
 * @param microBatchSize rows in one forward and backward pass
 * @param sequenceLen tokens; longer rows are cut
 * @param maxGradNorm global L2 norm to which gradients are clipped; 0 never clips
 * @param evalSteps optimizer steps between validations; 0 validates at the end only
 * @param earlyStoppingPatience validations without improvement after which training stops and the best weights are kept;
 *     0 trains to the end and keeps the last
 * @param saveSteps optimizer steps between checkpoints; 0 checkpoints only when asked to stop
 * @param computeDtype bf16 or f32
 */
public record TrainingRecipe(
        String method,
        String objective,
        int loraR,
        double loraAlpha,
        double loraDropout,
        List<String> targetModules,
        double learningRate,
        String lrScheduler,
        int warmupSteps,
        double warmupRatio,
        double numEpochs,
        int maxSteps,
        int microBatchSize,
        int gradientAccumulationSteps,
        int sequenceLen,
        double weightDecay,
        double maxGradNorm,
        long seed,
        int evalSteps,
        int earlyStoppingPatience,
        int saveSteps,
        String computeDtype,
        double adamBeta1,
        double adamBeta2,
        double adamEpsilon) {
    public TrainingRecipe {
        targetModules = List.copyOf(targetModules);
        oneOf("method", method, Set.of("qlora", "lora", "full"));
        oneOf("objective", objective, Set.of("chat", "next_token"));
        oneOf("lr_scheduler", lrScheduler, Set.of("constant", "linear", "cosine"));
        oneOf("compute_dtype", computeDtype, Set.of("bf16", "f32"));
        range("lora_r", loraR, 1, 1024);
        range("lora_dropout", loraDropout, 0, Math.nextDown(1.0));
        range("lora_alpha", loraAlpha, Double.MIN_VALUE, Double.MAX_VALUE);
        range("learning_rate", learningRate, Double.MIN_VALUE, 1);
        range("warmup_steps", warmupSteps, -1, Integer.MAX_VALUE);
        range("warmup_ratio", warmupRatio, 0, 1);
        range("max_steps", maxSteps, 0, Integer.MAX_VALUE);
        range("num_epochs", numEpochs, maxSteps > 0 ? 0 : Double.MIN_VALUE, 1e6);
        range("micro_batch_size", microBatchSize, 1, 4096);
        range("gradient_accumulation_steps", gradientAccumulationSteps, 1, 65536);
        range("sequence_len", sequenceLen, 2, 1 << 20);
        range("weight_decay", weightDecay, 0, Double.MAX_VALUE);
        range("max_grad_norm", maxGradNorm, 0, Double.MAX_VALUE);
        range("eval_steps", evalSteps, 0, Integer.MAX_VALUE);
        range("early_stopping_patience", earlyStoppingPatience, 0, Integer.MAX_VALUE);
        range("save_steps", saveSteps, 0, Integer.MAX_VALUE);
        range("adam_beta1", adamBeta1, 0, Math.nextDown(1.0));
        range("adam_beta2", adamBeta2, 0, Math.nextDown(1.0));
        range("adam_epsilon", adamEpsilon, Double.MIN_VALUE, Double.MAX_VALUE);
        for (String target : targetModules) {
            if (LlamaNames.LINEARS.stream().noneMatch(linear -> linear.endsWith("." + target))) {
                throw new IllegalArgumentException("lora_target_modules names '" + target + "'; the linear modules are q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj and down_proj.");
            }
        }
    }

    private static void oneOf(String key, String value, Set<String> allowed) {
        if (!allowed.contains(value)) {
            throw new IllegalArgumentException("Expected one of " + allowed.stream().sorted().toList() + " as " + key + ", found '" + value + "'.");
        }
    }

    private static void range(String key, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException("Expected " + key + " from " + least + " to " + most + ", found " + value + ".");
        }
    }

    public boolean isFull() {
        return method.equals("full");
    }

    public boolean isNextToken() {
        return objective.equals("next_token");
    }

    /** Rows that one optimizer step sees. */
    public int rowsPerStep() {
        return Math.multiplyExact(microBatchSize, gradientAccumulationSteps);
    }

    /** Whether linear module {@code name} (with its parents or without) gets LoRA matrices. */
    public boolean targets(String name) {
        String last = name.substring(name.lastIndexOf('.') + 1);
        return targetModules.isEmpty() || targetModules.contains(last);
    }
}

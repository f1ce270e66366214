package dev.hone.llm.train;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Everything that shapes a run beside its data: two runs with equal recipes, data and base are equal to the last bit on
 * one kind of machine with one number of threads. Read from JSON under the names of the event's {@code TrainingRecipe};
 * what is left out has the value of {@link #DEFAULTS}.
 *
 * @param method qlora (LoRA on a frozen NF4 base), lora (on the base as it is) or full (every weight trains)
 * @param objective chat (rows as they are, loss on trainable tokens), next_token (rows run together and cut into blocks)
 *     or preference (DPO on pairs)
 * @param loadIn8bit with lora: the frozen base's linear modules are rounded to int8, a scale per output
 * @param loraAlpha the adapter counts alpha / r, or alpha / √r with {@code peftUseRslora}
 * @param loraTargetModules last parts of module names like q_proj, or all-linear, or regular expressions that match a
 *     whole module name; empty means all linear modules
 * @param loraModulesToSave modules that train whole beside the adapter: embed_tokens, lm_head
 * @param loraRankPattern rank by the end of a module name or a regular expression, where it differs from {@code loraR}
 * @param loraAlphaPattern alpha likewise
 * @param loraplusLrRatio learning rate of B over that of A (LoRA+, arXiv:2402.12354); 0 or 1: the same
 * @param neftuneNoiseAlpha size of the noise on embeddings in training (NEFTune, arXiv:2310.05914); 0: none
 * @param trainOnInputs whether a chat's other turns are learned too
 * @param optimizer adamw, adamw_8bit, paged_adamw, paged_adamw_8bit or sgd
 * @param lrScheduler constant, linear, cosine, cosine_with_restarts or inverse_sqrt, after the warm-up
 * @param warmupSteps optimizer steps of linear warm-up; -1 takes {@code warmupRatio} of all
 * @param cosineMinLrRatio where the cosine ends, as a share of the peak
 * @param lrCycles cosines that cosine_with_restarts runs through
 * @param maxSteps optimizer steps; 0 takes {@code numEpochs}
 * @param microBatchSize rows in one forward and backward pass
 * @param sequenceLen tokens; longer rows are cut
 * @param samplePacking whether a row of a micro batch is filled with several examples up to {@code sequenceLen}; each
 *     still sees itself alone
 * @param groupByLength whether rows of similar length share a step
 * @param gradientCheckpointing whether layers are computed a second time in the backward pass; null: where memory asks for it
 * @param rlBeta how strongly DPO holds on to the reference
 * @param dpoLabelSmoothing share of pairs that are thought to be the wrong way round
 * @param maxGradNorm global L2 norm to which gradients are clipped; 0 never clips
 * @param evalSteps optimizer steps between validations; 0 validates at the end only
 * @param earlyStoppingPatience validations without improvement after which training stops; 0 trains to the end
 * @param loadBestModelAtEnd whether the weights of the best validation are the result, and not the last ones
 * @param saveSteps optimizer steps between checkpoints; 0 checkpoints only when asked to stop
 * @param lossWatchdogThreshold loss above which a step counts as diverged; 0: a loss that is no number alone does
 * @param lossWatchdogPatience steps in a row above the threshold after which training stops
 * @param computeDtype bf16 or f32: activations, and frozen weights inside matrix products
 */
public record TrainingRecipe(
        String method,
        String objective,
        @JsonProperty("load_in_8bit") boolean loadIn8bit,
        int loraR,
        double loraAlpha,
        double loraDropout,
        List<String> loraTargetModules,
        List<String> loraModulesToSave,
        Map<String, Integer> loraRankPattern,
        Map<String, Double> loraAlphaPattern,
        boolean peftUseRslora,
        boolean peftUseDora,
        double loraplusLrRatio,
        double neftuneNoiseAlpha,
        boolean trainOnInputs,
        String optimizer,
        double learningRate,
        String lrScheduler,
        int warmupSteps,
        double warmupRatio,
        double cosineMinLrRatio,
        int lrCycles,
        double weightDecay,
        double maxGradNorm,
        double adamBeta1,
        double adamBeta2,
        double adamEpsilon,
        double sgdMomentum,
        double numEpochs,
        int maxSteps,
        int microBatchSize,
        int gradientAccumulationSteps,
        int sequenceLen,
        boolean samplePacking,
        boolean groupByLength,
        Boolean gradientCheckpointing,
        double rlBeta,
        double dpoLabelSmoothing,
        int evalSteps,
        int earlyStoppingPatience,
        boolean loadBestModelAtEnd,
        int saveSteps,
        double lossWatchdogThreshold,
        int lossWatchdogPatience,
        String computeDtype,
        long seed) {
    /** What holds where a recipe says nothing. Settings that depend on model and data are chosen by whoever plans the run. */
    public static final String DEFAULTS = """
            {"method": "qlora", "objective": "chat", "load_in_8bit": false, "lora_r": 16, "lora_alpha": 32, "lora_dropout": 0,
             "lora_target_modules": [], "lora_modules_to_save": [], "lora_rank_pattern": {}, "lora_alpha_pattern": {},
             "peft_use_rslora": false, "peft_use_dora": false, "loraplus_lr_ratio": 0, "neftune_noise_alpha": 0, "train_on_inputs": false,
             "optimizer": "adamw", "learning_rate": 0.0002, "lr_scheduler": "cosine", "warmup_steps": -1, "warmup_ratio": 0.03,
             "cosine_min_lr_ratio": 0, "lr_cycles": 1, "weight_decay": 0, "max_grad_norm": 1,
             "adam_beta1": 0.9, "adam_beta2": 0.999, "adam_epsilon": 1e-8, "sgd_momentum": 0,
             "num_epochs": 3, "max_steps": 0, "micro_batch_size": 4, "gradient_accumulation_steps": 1, "sequence_len": 512,
             "sample_packing": false, "group_by_length": true, "gradient_checkpointing": null, "rl_beta": 0.1, "dpo_label_smoothing": 0,
             "eval_steps": 0, "early_stopping_patience": 0, "load_best_model_at_end": false, "save_steps": 0,
             "loss_watchdog_threshold": 0, "loss_watchdog_patience": 3, "compute_dtype": "bf16", "seed": 42}
            """;

    private static final ObjectMapper JSON = new ObjectMapper().setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);

    public TrainingRecipe {
        loraTargetModules = List.copyOf(loraTargetModules);
        loraModulesToSave = List.copyOf(loraModulesToSave);
        loraRankPattern = new TreeMap<>(loraRankPattern);
        loraAlphaPattern = new TreeMap<>(loraAlphaPattern);
        oneOf("method", method, Set.of("qlora", "lora", "full"));
        oneOf("objective", objective, Set.of("chat", "next_token", "preference"));
        oneOf("optimizer", optimizer, Set.of("adamw", "adamw_8bit", "paged_adamw", "paged_adamw_8bit", "sgd"));
        oneOf("lr_scheduler", lrScheduler, Set.of("constant", "linear", "cosine", "cosine_with_restarts", "inverse_sqrt"));
        oneOf("compute_dtype", computeDtype, Set.of("bf16", "f32"));
        range("lora_r", loraR, 1, 1024);
        loraRankPattern.values().forEach(r -> range("lora_rank_pattern", r, 1, 1024));
        range("lora_dropout", loraDropout, 0, Math.nextDown(1.0));
        range("lora_alpha", loraAlpha, Double.MIN_VALUE, Double.MAX_VALUE);
        loraAlphaPattern.values().forEach(alpha -> range("lora_alpha_pattern", alpha, Double.MIN_VALUE, Double.MAX_VALUE));
        range("loraplus_lr_ratio", loraplusLrRatio, 0, 1e6);
        range("neftune_noise_alpha", neftuneNoiseAlpha, 0, 1e6);
        range("learning_rate", learningRate, Double.MIN_VALUE, 1);
        range("warmup_steps", warmupSteps, -1, Integer.MAX_VALUE);
        range("warmup_ratio", warmupRatio, 0, 1);
        range("cosine_min_lr_ratio", cosineMinLrRatio, 0, 1);
        range("lr_cycles", lrCycles, 1, 1_000_000);
        range("max_steps", maxSteps, 0, Integer.MAX_VALUE);
        range("num_epochs", numEpochs, maxSteps > 0 ? 0 : Double.MIN_VALUE, 1e6);
        range("micro_batch_size", microBatchSize, 1, 4096);
        range("gradient_accumulation_steps", gradientAccumulationSteps, 1, 65536);
        range("sequence_len", sequenceLen, 2, 1 << 20);
        range("weight_decay", weightDecay, 0, Double.MAX_VALUE);
        range("max_grad_norm", maxGradNorm, 0, Double.MAX_VALUE);
        range("rl_beta", rlBeta, Double.MIN_VALUE, Double.MAX_VALUE);
        range("dpo_label_smoothing", dpoLabelSmoothing, 0, 0.5);
        range("eval_steps", evalSteps, 0, Integer.MAX_VALUE);
        range("early_stopping_patience", earlyStoppingPatience, 0, Integer.MAX_VALUE);
        range("save_steps", saveSteps, 0, Integer.MAX_VALUE);
        range("loss_watchdog_threshold", lossWatchdogThreshold, 0, Double.MAX_VALUE);
        range("loss_watchdog_patience", lossWatchdogPatience, 1, Integer.MAX_VALUE);
        range("adam_beta1", adamBeta1, 0, Math.nextDown(1.0));
        range("adam_beta2", adamBeta2, 0, Math.nextDown(1.0));
        range("adam_epsilon", adamEpsilon, Double.MIN_VALUE, Double.MAX_VALUE);
        range("sgd_momentum", sgdMomentum, 0, Math.nextDown(1.0));
        requireSense(method, objective, loadIn8bit, loraModulesToSave);
    }

    private static void requireSense(String method, String objective, boolean loadIn8bit, List<String> modulesToSave) {
        if (loadIn8bit && !method.equals("lora")) {
            throw new IllegalArgumentException("load_in_8bit goes with method lora, found " + method + ": qlora's base is NF4, and full trains the base itself.");
        }
        if (objective.equals("preference") && method.equals("full")) {
            throw new IllegalArgumentException("objective preference goes with method lora or qlora: its reference is the model with the adapter switched off.");
        }
        if (method.equals("full") && !modulesToSave.isEmpty()) {
            throw new IllegalArgumentException("lora_modules_to_save goes with method lora or qlora: full trains every module anyway.");
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

    /**
     * @param json an object under the event's names; what is left out has its default
     * @throws IllegalArgumentException if a key is unknown or a value cannot be used, naming it
     */
    public static TrainingRecipe parse(String json) {
        try {
            return parse(JSON.readTree(json));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("Expected a recipe as a JSON object, found text that is none: " + e.getOriginalMessage(), e);
        }
    }

    public static TrainingRecipe parse(JsonNode given) {
        try {
            ObjectNode all = (ObjectNode) JSON.readTree(DEFAULTS);
            given.properties().forEach(setting -> all.set(setting.getKey(), setting.getValue()));
            return JSON.treeToValue(all, TrainingRecipe.class);
        } catch (UnrecognizedPropertyException e) {
            throw new IllegalArgumentException("A training recipe has no setting \"" + e.getPropertyName() + "\".", e);
        } catch (JsonProcessingException e) {
            Throwable cause = e.getCause() instanceof IllegalArgumentException own ? own : e;
            throw new IllegalArgumentException(cause == e ? "The training recipe cannot be used: " + e.getOriginalMessage() : cause.getMessage(), e);
        }
    }

    /** This recipe with one setting changed, by its name in JSON. */
    public TrainingRecipe with(String key, Object value) {
        ObjectNode all = toJson();
        all.set(key, JSON.valueToTree(value));
        return parse(all);
    }

    /** Every setting, under the names that {@link #parse} reads. */
    public ObjectNode toJson() {
        ObjectNode all = JSON.valueToTree(this);
        all.retain(allNames());
        return all;
    }

    private static Set<String> allNames() {
        try {
            Set<String> names = new java.util.HashSet<>();
            JSON.readTree(DEFAULTS).fieldNames().forEachRemaining(names::add);
            return names;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    public boolean isFull() {
        return method.equals("full");
    }

    public boolean isNextToken() {
        return objective.equals("next_token");
    }

    public boolean isPreference() {
        return objective.equals("preference");
    }

    /** Rows that one optimizer step sees; with packing, rows that are filled. */
    public int rowsPerStep() {
        return Math.multiplyExact(microBatchSize, gradientAccumulationSteps);
    }
}

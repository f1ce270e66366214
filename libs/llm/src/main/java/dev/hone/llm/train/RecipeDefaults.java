package dev.hone.llm.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Set;

/**
 * Fills in what a training recipe leaves open, from the sizes of the model and the dataset. What was given stays. Pure: the
 * same recipe and sizes always give the same result, because a run's id is its hash.
 */
public final class RecipeDefaults {
    private static final double SMALL_MODEL = 5e6;
    private static final double SMALL_MODEL_RATE = 3e-3;
    private static final double LARGE_MODEL = 1e9;
    private static final double LARGE_MODEL_RATE = 2e-4;
    /** Full fine-tuning wants about a tenth of LoRA's rate. */
    private static final double FULL_TO_LORA_RATE = 0.1;
    /** Preferences move a model that answers already: recipes for DPO take about a twentieth of their rate for chats. */
    private static final double PREFERENCE_RATE = 0.05;

    private static final int EFFECTIVE_BATCH = 16;
    private static final int WANTED_STEPS = 600;
    private static final int MOST_EPOCHS = 30;
    private static final int FEWEST_EPOCHS = 3;
    private static final long LARGE_DATASET_ROWS = 100_000;
    private static final int LONGEST_DEFAULT_SEQUENCE = 2_048;
    private static final int SEQUENCE_STEP = 16;
    private static final int SHORTEST_SEQUENCE = 32;

    /** Absent they mean "as the other setting says": steps instead of a ratio or of epochs, and what memory asks for. */
    private static final Set<String> STAY_OPEN = Set.of("warmup_steps", "max_steps", "gradient_checkpointing");

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode r;
    private final Sizes sizes;

    private RecipeDefaults(ObjectNode given, Sizes sizes) {
        this.r = given;
        this.sizes = sizes;
    }

    /**
     * What the rules look at.
     *
     * @param parameters of the base model
     * @param contextLength most tokens of one row
     * @param trainRows at least 1
     * @param maxRowTokens the longest row's
     * @param rowKind chat, text or preference; empty where nobody knows
     */
    public record Sizes(long parameters, int contextLength, long trainRows, int maxRowTokens, String rowKind) {
        public Sizes(long parameters, int contextLength, long trainRows, int maxRowTokens) {
            this(parameters, contextLength, trainRows, maxRowTokens, "");
        }
    }

    /**
     * @param given settings under the names of {@link TrainingRecipe#parse}
     * @return these and all others; only what says the same in another way, or nothing, stays out
     */
    public static ObjectNode complete(JsonNode given, Sizes sizes) {
        RecipeDefaults recipe = new RecipeDefaults(given.deepCopy(), sizes);
        recipe.method();
        recipe.batches();
        recipe.learning();
        recipe.rhythm();
        recipe.rest();
        return recipe.r;
    }

    private void method() {
        open("method", "qlora");
        open("objective", switch (sizes.rowKind()) {
            case "preference" -> "preference";
            case "text" -> "next_token";
            default -> "chat";
        });
        open("lora_r", 16);
        open("lora_alpha", 2.0 * r.get("lora_r").asInt());
        open("lora_dropout", 0.05);
        if (r.path("lora_target_modules").isEmpty()) {
            // as QLoRA found necessary to match full fine-tuning (arXiv:2305.14314, section 4)
            r.putArray("lora_target_modules").add("all-linear");
        }
    }

    /** Sixteen rows to a step, in pieces that fit the model: activations grow with both. */
    private void batches() {
        int rounded = Math.ceilDiv(sizes.maxRowTokens(), SEQUENCE_STEP) * SEQUENCE_STEP;
        int most = Math.min(sizes.contextLength(), LONGEST_DEFAULT_SEQUENCE);
        open("sequence_len", Math.clamp(rounded, Math.min(SHORTEST_SEQUENCE, most), most));
        long rows = Math.max(1, sizes.trainRows());
        int fitting = sizes.parameters() < 200e6 ? 16 : sizes.parameters() < LARGE_MODEL ? 4 : 2;
        open("micro_batch_size", (int) Math.min(fitting, rows));
        open("gradient_accumulation_steps", (int) Math.max(1, Math.min(EFFECTIVE_BATCH, rows) / r.get("micro_batch_size").asInt()));
    }

    private void learning() {
        double share = (r.get("method").asText().equals("full") ? FULL_TO_LORA_RATE : 1) * (r.get("objective").asText().equals("preference") ? PREFERENCE_RATE : 1);
        open("learning_rate", twoDigits(learningRate(sizes.parameters()) * share));
    }

    /** How long, and how often to look: validation and a checkpoint about twice an epoch. */
    private void rhythm() {
        long rowsPerStep = r.get("micro_batch_size").asLong() * r.get("gradient_accumulation_steps").asLong();
        long stepsPerEpoch = Math.max(1, Math.ceilDiv(sizes.trainRows(), rowsPerStep));
        open("num_epochs", epochs(stepsPerEpoch, sizes.trainRows()));
        int look = (int) Math.max(10, stepsPerEpoch / 2);
        open("eval_steps", look);
        open("save_steps", look);
        open("early_stopping_patience", 3);
        open("load_best_model_at_end", r.get("early_stopping_patience").asInt() > 0);
    }

    /** Settings that depend on nothing. */
    private void rest() {
        try {
            JSON.readTree(TrainingRecipe.DEFAULTS).properties().stream()
                    .filter(setting -> !STAY_OPEN.contains(setting.getKey()) && !(setting.getValue().isContainerNode() && setting.getValue().isEmpty()))
                    .filter(setting -> !r.has(setting.getKey())).forEach(setting -> r.set(setting.getKey(), setting.getValue()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the defaults are JSON", e);
        }
    }

    private void open(String key, Object value) {
        if (!r.hasNonNull(key)) {
            r.set(key, JSON.valueToTree(value));
        }
    }

    /** A small dataset is seen often enough for {@value #WANTED_STEPS} steps, a large one once; early stopping ends sooner. */
    static double epochs(long stepsPerEpoch, long rows) {
        if (rows >= LARGE_DATASET_ROWS) {
            return 1;
        }
        return Math.clamp(Math.ceilDiv(WANTED_STEPS, stepsPerEpoch), FEWEST_EPOCHS, MOST_EPOCHS);
    }

    /**
     * LoRA's peak learning rate: 2e-4 from a billion parameters up, as QLoRA used; 3e-3 for five million, as hone-nano
     * takes; between them a straight line of the logarithms, which is about parameters^-0.5.
     */
    static double learningRate(long parameters) {
        double position = Math.log(parameters / SMALL_MODEL) / Math.log(LARGE_MODEL / SMALL_MODEL);
        double rate = SMALL_MODEL_RATE * Math.pow(LARGE_MODEL_RATE / SMALL_MODEL_RATE, Math.clamp(position, 0, 1));
        return twoDigits(rate);
    }

    /** A rate that a person can read, say and type again. */
    private static double twoDigits(double rate) {
        return new BigDecimal(rate).round(new MathContext(2)).doubleValue();
    }
}

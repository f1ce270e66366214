package dev.hone.llm.estimate;

import dev.hone.llm.train.TrainingRecipe;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Whether a run fits into memory, and which changes of its recipe would make it fit.
 *
 * @param estimate of the recipe as it is
 * @param available bytes that the process may hold
 * @param changes each makes the run fit; those that change the result least come first; empty if it fits already, or if
 *     nothing in the recipe can make it fit
 */
public record Fit(Estimate estimate, double available, List<Change> changes) {
    private static final int SHORTEST = 128;

    /** In the order in which they are proposed: the first changes nothing but the time, the last what can be learned. */
    private static final List<Function<TrainingRecipe, Settings>> LEVERS =
            List.of(Fit::smallerMicroBatch, Fit::shorterSequence, Fit::recomputation, Fit::quantizedBase, Fit::smallerRank);

    public Fit {
        changes = List.copyOf(changes);
    }

    /**
     * Settings to change together.
     *
     * @param settings new values by their names in the recipe
     * @param estimate of the recipe with them
     */
    public record Change(SequencedMap<String, Object> settings, Estimate estimate) {
        @Override
        public String toString() {
            return settings.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining(" and "));
        }
    }

    /** The next smaller value of one kind; empty at the kind's end. */
    private record Settings(SequencedMap<String, Object> values) {
        static final Settings END = new Settings(new LinkedHashMap<>());

        static Settings of(String key, Object value) {
            SequencedMap<String, Object> values = new LinkedHashMap<>();
            values.put(key, value);
            return new Settings(values);
        }

        Settings and(String key, Object value) {
            values.put(key, value);
            return this;
        }
    }

    public boolean fits() {
        return estimate.bytes() <= available;
    }

    /** Tries every kind of change alone; where none is enough, one after the other together. */
    static Fit check(Function<TrainingRecipe, Estimate> estimator, TrainingRecipe recipe, double available) {
        Change now = new Change(new LinkedHashMap<>(), estimator.apply(recipe));
        List<Change> changes = new ArrayList<>();
        if (now.estimate().bytes() > available) {
            LEVERS.forEach(lever -> pulled(List.of(lever), estimator, now, available).ifPresent(changes::add));
            if (changes.isEmpty()) {
                pulled(LEVERS, estimator, now, available).ifPresent(changes::add);
            }
        }
        return new Fit(now.estimate(), available, changes);
    }

    private static Optional<Change> pulled(List<Function<TrainingRecipe, Settings>> levers, Function<TrainingRecipe, Estimate> estimator, Change now, double available) {
        Change change = now;
        for (Function<TrainingRecipe, Settings> lever : levers) {
            Optional<Change> next = step(lever, estimator, change, available);
            while (next.isPresent()) {
                change = next.get();
                next = step(lever, estimator, change, available);
            }
        }
        return change.estimate().bytes() <= available ? Optional.of(change) : Optional.empty();
    }

    /** A step that is not needed any more, not possible or saves nothing is not taken. */
    private static Optional<Change> step(Function<TrainingRecipe, Settings> lever, Function<TrainingRecipe, Estimate> estimator, Change before, double available) {
        Settings settings = lever.apply(before.estimate().recipe());
        if (before.estimate().bytes() <= available || settings.values().isEmpty()) {
            return Optional.empty();
        }
        TrainingRecipe recipe = before.estimate().recipe();
        for (var setting : settings.values().entrySet()) {
            recipe = recipe.with(setting.getKey(), setting.getValue());
        }
        SequencedMap<String, Object> all = new LinkedHashMap<>(before.settings());
        all.putAll(settings.values());
        return Optional.of(new Change(all, estimator.apply(recipe))).filter(after -> after.estimate().bytes() < before.estimate().bytes());
    }

    /** The rows of an optimizer step stay what they are where halving allows it. */
    private static Settings smallerMicroBatch(TrainingRecipe recipe) {
        int size = recipe.microBatchSize() / 2;
        return size < 1 ? Settings.END : Settings.of("micro_batch_size", size).and("gradient_accumulation_steps", Math.ceilDiv(recipe.rowsPerStep(), size));
    }

    private static Settings shorterSequence(TrainingRecipe recipe) {
        return recipe.sequenceLen() / 2 < SHORTEST ? Settings.END : Settings.of("sequence_len", recipe.sequenceLen() / 2);
    }

    private static Settings recomputation(TrainingRecipe recipe) {
        return Boolean.TRUE.equals(recipe.gradientCheckpointing()) ? Settings.END : Settings.of("gradient_checkpointing", true);
    }

    private static Settings quantizedBase(TrainingRecipe recipe) {
        if (recipe.method().equals("qlora")) {
            return Settings.END;
        }
        // one setting at a time is applied, and a recipe of qlora on an 8-bit base is refused
        return recipe.loadIn8bit() ? Settings.of("load_in_8bit", false).and("method", "qlora") : Settings.of("method", "qlora");
    }

    private static Settings smallerRank(TrainingRecipe recipe) {
        int rank = recipe.loraR() / 2;
        return recipe.isFull() || rank < 1 ? Settings.END : Settings.of("lora_r", rank);
    }
}

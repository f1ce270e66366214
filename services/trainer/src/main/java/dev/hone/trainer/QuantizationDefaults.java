package dev.hone.trainer;

import dev.hone.llm.train.QatDefaults;
import dev.hone.llm.train.RecipeDefaults.Sizes;
import dev.hone.v1.QatRecipe;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.TrainingRecipe;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Fills in what the quantization block leaves open. What the sender wrote stays. */
final class QuantizationDefaults {

    private static final List<String> SCHEMES = List.of("int8", "int8_asymmetric", "int4");
    /** From small to large, as they are tried. */
    private static final List<String> LADDER = List.of("int4-g128-gptq", "int4-g32-gptq", "int8");
    private static final String QAT = "qat";

    private QuantizationDefaults() {}

    /** @param training the run's, complete */
    static QuantizationRecipe complete(QuantizationRecipe asked, TrainingRecipe training, Sizes sizes) {
        QuantizationRecipe.Builder r = asked.toBuilder();
        numbers(r);
        learned(r).ifPresent(qat -> r.setQat(complete(qat, r.getGroupSize(), training, sizes)));
        schemes(r);
        if (r.getQat().getQuantizeEmbedding()) {
            r.setQuantizeEmbeddings(true);
        }
        return r.build();
    }

    private static void numbers(QuantizationRecipe.Builder r) {
        if (!r.hasGroupSize()) {
            r.setGroupSize(32);
        }
        if (!r.hasCalibrationRows()) {
            r.setCalibrationRows(64);
        }
        if (!r.hasHeldoutTokens()) {
            r.setHeldoutTokens(16_384);
        }
        if (!r.hasQuantizeEmbeddings()) {
            r.setQuantizeEmbeddings(false);
        }
        if (!r.hasQuantizeHead()) {
            r.setQuantizeHead(false);
        }
        if (!r.hasLayout()) {
            r.setLayout("compressed-tensors");
        }
    }

    /** The training with rounded weights that is asked for: by its own block, or by a scheme alone. */
    private static Optional<QatRecipe> learned(QuantizationRecipe.Builder r) {
        if (r.hasQat()) {
            return Optional.of(r.getQat());
        }
        return r.getSchemesList().stream().filter(QuantizationDefaults::isLearned).findFirst().map(scheme -> of(Arrays.asList(scheme.split("-"))));
    }

    private static QatRecipe of(List<String> scheme) {
        QatRecipe.Builder qat = QatRecipe.newBuilder().setWeightDtype(List.of("int8", "w8a8").contains(scheme.getFirst()) ? "int8" : "int4");
        if (scheme.getFirst().matches("w[48]a8")) {
            qat.setActivationDtype("int8");
        }
        scheme.stream().filter(part -> part.matches("g\\d+")).findFirst().ifPresent(group -> qat.setGroupSize(Integer.parseInt(group.substring(1))));
        return qat.build();
    }

    private static QatRecipe complete(QatRecipe asked, int groupSize, TrainingRecipe training, Sizes sizes) {
        QatRecipe.Builder r = asked.toBuilder();
        if (!r.hasWeightDtype()) {
            r.setWeightDtype("int4");
        }
        if (!r.hasGroupSize()) {
            r.setGroupSize(groupSize);
        }
        if (!r.hasQuantizeEmbedding()) {
            r.setQuantizeEmbedding(false);
        }
        if (!r.hasFakeQuantAfterNSteps()) {
            r.setFakeQuantAfterNSteps(0);
        }
        return r.setTraining(RecipeDefaults.message(QatDefaults.complete(RecipeDefaults.json(r.getTraining()), RecipeDefaults.json(training), sizes))).build();
    }

    private static void schemes(QuantizationRecipe.Builder r) {
        if (r.getSchemesCount() == 0 && (hasBudget(r) || !r.hasQat())) {
            r.addAllSchemes(hasBudget(r) ? LADDER : SCHEMES);
        }
        if (r.hasQat() && !hasBudget(r) && r.getSchemesList().stream().noneMatch(QuantizationDefaults::isLearned)) {
            r.addSchemes(QatDefaults.scheme(r.getQat().getWeightDtype(), r.getQat().getActivationDtype(), r.getQat().getGroupSize()));
        }
    }

    private static boolean hasBudget(QuantizationRecipe.Builder r) {
        return r.hasMaxPerplexityIncrease() || r.hasMaxKlDivergence() || r.hasMaxSize();
    }

    private static boolean isLearned(String scheme) {
        return scheme.endsWith("-" + QAT) || scheme.contains("-" + QAT + "-");
    }
}

package dev.hone.llm.quant;

import dev.hone.llm.estimate.ProcessMemory;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.generate.Generator;
import dev.hone.llm.model.LastHidden;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.Precision;
import dev.hone.llm.text.ChatTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Answers of the adapter over its base, the merged and the quantized model to the same few prompts, all greedy. */
final class GoldenPrompts {
    private static final int MOST_TOKENS = 48;

    private GoldenPrompts() {}

    /** @param positions of the quantized model against the merged one */
    static List<Parity.Prompt> answer(QuantizationSpec spec, TrainedModel model, Path quantized, Comparison comparison, List<LastHidden.Position> positions, BooleanSupplier stop) {
        List<HeldOutRows.Question> questions = comparison.rows().questions();
        if (questions.isEmpty() || !fits(ModelConfig.load(model.directory()), comparison.precision())) {
            return List.of();
        }
        List<int[]> prompts = questions.stream().map(HeldOutRows.Question::prompt).toList();
        Precision precision = comparison.precision();
        List<String> adapted = AdapterFiles.existsIn(spec.adapter())
                ? answers(Generator.load(spec.baseModel(), spec.adapter(), precision), prompts, stop) : Collections.nCopies(prompts.size(), "");
        List<String> merged = answers(Generator.over(model.load(precision), ChatTokenizer.load(model.directory())), prompts, stop);
        List<String> rounded = answers(Generator.load(quantized, null, precision), prompts, stop);
        List<Parity.Prompt> golden = new ArrayList<>();
        for (int i = 0; i < questions.size(); i++) {
            int row = questions.get(i).row();
            double kl = positions.stream().filter(p -> p.row() == row).mapToDouble(LastHidden.Position::kl).average().orElse(0);
            golden.add(new Parity.Prompt(questions.get(i).text(), adapted.get(i), merged.get(i), rounded.get(i), kl));
        }
        return golden;
    }

    /** Generating wants the whole model in memory, unlike everything else here. */
    private static boolean fits(ModelConfig config, Precision precision) {
        return ModelLayout.parameters(config) * (precision == Precision.F32 ? 4.0 : 2.0) * 1.2 < ProcessMemory.here().available().orElse(Double.POSITIVE_INFINITY);
    }

    private static List<String> answers(Generator generator, List<int[]> prompts, BooleanSupplier stop) {
        try (generator) {
            return generator.greedy(prompts, MOST_TOKENS, stop);
        }
    }
}

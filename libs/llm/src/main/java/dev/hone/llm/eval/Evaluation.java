package dev.hone.llm.eval;

import dev.hone.llm.data.Row;
import dev.hone.llm.generate.Generator;
import dev.hone.llm.model.Batch;
import dev.hone.llm.model.Precision;
import dev.hone.llm.model.Score;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Loss, perplexity and token accuracy by teacher forcing over the answers' tokens, and exact match of greedy answers.
 * The loss is -1/N sum over answer tokens of ln p(token | reference before it); rows are cut at the sequence length as
 * in training.
 */
public final class Evaluation {
    /** Questions answered between two reports of progress. */
    private static final int QUESTIONS_AT_ONCE = 64;

    private Evaluation() {}

    /**
     * Evaluates a model directory, plain or quantized, with an adapter over it or without, computing in bf16.
     *
     * @param adapterOrNull directory in PEFT's format
     * @param rows          held-out rows in their stable order
     * @param generateRows  so many of the first conversations are answered greedily; 0: none
     * @param maxNewTokens  most tokens of one answer
     * @param sequenceLen   tokens at which rows are cut for scoring
     * @return the numbers, and of pairs what {@link Measured#against} compares with the base model's
     * @throws EvaluationInterrupted    when {@code stop} became true
     * @throws IllegalArgumentException when no row has an answer token to score
     */
    public static Measured run(Path modelDirectory, Path adapterOrNull, List<Row> rows, int generateRows, int maxNewTokens,
            int sequenceLen, EvaluationObserver observer, BooleanSupplier stop) throws EvaluationInterrupted {
        return run(modelDirectory, adapterOrNull, Precision.BF16, rows, generateRows, maxNewTokens, sequenceLen, observer, stop);
    }

    /**
     * The same, computing in another type.
     *
     * @param dtype f32 or bf16
     */
    public static Measured run(Path modelDirectory, Path adapterOrNull, String dtype, List<Row> rows, int generateRows,
            int maxNewTokens, int sequenceLen, EvaluationObserver observer, BooleanSupplier stop) throws EvaluationInterrupted {
        return run(modelDirectory, adapterOrNull, Precision.of(dtype), rows, generateRows, maxNewTokens, sequenceLen, observer, stop);
    }

    static Measured run(Path modelDirectory, Path adapterOrNull, Precision precision, List<Row> rows, int generateRows,
            int maxNewTokens, int sequenceLen, EvaluationObserver observer, BooleanSupplier stop) throws EvaluationInterrupted {
        try (Generator model = Generator.load(modelDirectory, adapterOrNull, precision)) {
            HeldOut heldOut = HeldOut.of(rows, model.tokenizer(), Math.min(sequenceLen, model.contextLength()), generateRows);
            List<Double> margins = new ArrayList<>();
            Score score = score(model, heldOut, margins, observer, stop);
            int matches = matches(model, heldOut.questions(), maxNewTokens, observer, stop);
            int asked = heldOut.questions().size();
            return new Measured(new EvaluationResult(score.meanLoss(), Math.exp(score.meanLoss()), (double) score.correct() / score.tokens(),
                    asked == 0 ? 0 : (double) matches / asked, heldOut.size(), score.tokens(), asked), margins);
        }
    }

    /** @param margins gets ln p(chosen) - ln p(rejected) of each pair */
    private static Score score(Generator model, HeldOut heldOut, List<Double> margins, EvaluationObserver observer, BooleanSupplier stop)
            throws EvaluationInterrupted {
        if (heldOut.size() == 0) {
            throw new IllegalArgumentException("Expected held-out rows with an answer within the sequence length, found none."
                    + " Give the dataset more rows, or the recipe a longer sequence_len.");
        }
        Score score = Score.NONE;
        int rows = 0;
        for (Batch batch : heldOut.batches()) {
            requireRunning(stop);
            score = score.plus(model.score(batch));
            rows += batch.documents().size();
            observer.scored(rows, heldOut.size(), score.meanLoss());
        }
        for (Batch batch : heldOut.pairBatches()) {
            requireRunning(stop);
            List<Score> answers = model.scores(batch);
            for (int i = 0; i < answers.size(); i += 2) {
                score = score.plus(answers.get(i));
                margins.add(answers.get(i + 1).loss() - answers.get(i).loss());
            }
            rows += batch.pairs();
            observer.scored(rows, heldOut.size(), score.meanLoss());
        }
        return score;
    }

    private static int matches(Generator generator, List<HeldOut.Question> questions, int maxNewTokens, EvaluationObserver observer,
            BooleanSupplier stop) throws EvaluationInterrupted {
        List<HeldOut.Question> byLength = questions.stream().sorted(Comparator.comparingInt(q -> q.prompt().length)).toList();
        int matches = 0;
        for (int from = 0; from < byLength.size(); from += QUESTIONS_AT_ONCE) {
            List<HeldOut.Question> some = byLength.subList(from, Math.min(byLength.size(), from + QUESTIONS_AT_ONCE));
            List<String> answers = generator.greedy(some.stream().map(HeldOut.Question::prompt).toList(), maxNewTokens, stop);
            requireRunning(stop);
            for (int i = 0; i < some.size(); i++) {
                matches += some.get(i).reference().strip().equals(answers.get(i).strip()) ? 1 : 0;
            }
            observer.answered(from + some.size(), byLength.size());
        }
        return matches;
    }

    private static void requireRunning(BooleanSupplier stop) throws EvaluationInterrupted {
        if (stop.getAsBoolean()) {
            throw new EvaluationInterrupted();
        }
    }
}

package dev.hone.llm.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.data.Row;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.generate.Generator;
import dev.hone.llm.model.Precision;
import dev.hone.llm.model.TinyLlama;
import dev.hone.llm.text.ChatMessage;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.llm.text.TinyTokenizer;
import dev.hone.llm.text.TokenizedPair;
import dev.hone.llm.text.TokenizedRow;
import dev.hone.llm.text.TokenizerFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationTest {
    private static final ModelConfig CONFIG = ModelConfig.llama(512, 32, 64, 2, 4, 2, 16, 1e-5, 10000, 96, false, 0.02);
    private static final List<Row> ROWS = List.of(
            chat("How do I reset my smartphone?", "Open the settings, choose general and then reset."),
            chat("Battery?", "A day."),
            chat("How long is the warranty?", "The warranty covers two years."),
            new Row.Text("Charge the phone with the cable that came with it."));

    @TempDir
    Path directory;

    private static Row chat(String question, String answer) {
        return new Row.Chat(List.of(new ChatMessage("user", question), new ChatMessage("assistant", answer)));
    }

    @BeforeEach
    void write() {
        TinyLlama.write(directory, CONFIG, 5);
        TokenizerFiles.copy(TinyTokenizer.directory(), directory);
    }

    private EvaluationResult evaluate(List<Row> rows, int generateRows) throws EvaluationInterrupted {
        return Evaluation.run(directory, null, Precision.F32, rows, generateRows, 12, 64, EvaluationObserver.NONE, () -> false).result();
    }

    /** Golden: the same numbers from a Llama written out in double precision straight from its formulas. */
    @Test
    void givenChatsAndTexts_whenEvaluated_thenTheNumbersAreThoseOfADoublePrecisionReference() throws Exception {
        double loss = 0;
        long tokens = 0;
        long right = 0;
        try (WeightSource weights = WeightSource.open(directory); ChatTokenizer tokenizer = ChatTokenizer.load(directory)) {
            ReferenceLlama reference = new ReferenceLlama(CONFIG, weights);
            for (Row row : ROWS) {
                TokenizedRow tokenized = row.tokenize(tokenizer, 64);
                double[][] logits = reference.logits(tokenized.ids());
                for (int t = 1; t < tokenized.length(); t++) {
                    if (tokenized.trainable()[t]) {
                        loss += ReferenceLlama.crossEntropy(logits[t - 1], tokenized.ids()[t]);
                        right += ReferenceLlama.likeliest(logits[t - 1]) == tokenized.ids()[t] ? 1 : 0;
                        tokens++;
                    }
                }
            }
        }

        EvaluationResult result = evaluate(ROWS, 0);

        assertEquals(tokens, result.tokens());
        assertEquals(4, result.rows());
        assertEquals(loss / tokens, result.loss(), 1e-5);
        assertEquals(Math.exp(loss / tokens), result.perplexity(), 1e-2);
        assertEquals((double) right / tokens, result.tokenAccuracy(), 1e-12);
        assertEquals(0, result.exactMatch());
        assertEquals(0, result.generatedRows());
    }

    /** Golden: each answer's log-likelihood from a Llama written out in double precision straight from its formulas. */
    @Test
    void givenPairs_whenEvaluated_thenLossIsTheBetterAnswersAndMarginsAreThoseOfTheReference() throws Exception {
        List<Row> pairs = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            pairs.add(new Row.Preference(List.of(new ChatMessage("user", "Question " + i)), List.of(new ChatMessage("assistant", "word ".repeat(1 + i % 7) + "end")),
                    List.of(new ChatMessage("assistant", "never ".repeat(1 + i % 5)))));
        }
        List<Double> margins = new ArrayList<>();
        double loss = 0;
        long tokens = 0;
        try (WeightSource weights = WeightSource.open(directory); ChatTokenizer tokenizer = ChatTokenizer.load(directory)) {
            ReferenceLlama reference = new ReferenceLlama(CONFIG, weights);
            for (Row row : pairs) {
                TokenizedPair pair = ((Row.Preference) row).tokenizePair(tokenizer, 64);
                double chosen = loss(reference, pair.chosen());
                margins.add(loss(reference, pair.rejected()) - chosen);
                loss += chosen;
                tokens += pair.chosen().trainableTokens();
            }
        }

        Measured measured = Evaluation.run(directory, null, Precision.F32, pairs, 5, 12, 64, EvaluationObserver.NONE, () -> false);

        assertEquals(40, measured.result().rows());
        assertEquals(0, measured.result().generatedRows());
        assertEquals(loss / tokens, measured.result().loss(), 1e-5);
        assertEquals(40, measured.margins().size());
        for (int i = 0; i < 40; i++) {
            assertEquals(margins.get(i), measured.margins().get(i), 1e-3);
        }
    }

    private static double loss(ReferenceLlama reference, TokenizedRow row) {
        double[][] logits = reference.logits(row.ids());
        double loss = 0;
        for (int t = 1; t < row.length(); t++) {
            loss += row.trainable()[t] ? ReferenceLlama.crossEntropy(logits[t - 1], row.ids()[t]) : 0;
        }
        return loss;
    }

    @Test
    void givenReferencesOfWhichOneIsTheModelsOwnAnswer_whenEvaluated_thenExactMatchCountsIt() throws Exception {
        String own;
        try (Generator generator = Generator.load(directory, null, Precision.F32)) {
            own = generator.greedy(List.of(generator.tokenizer().prompt(List.of(new ChatMessage("user", "Battery?")))), 12, () -> false).getFirst();
        }
        List<Row> rows = List.of(chat("Battery?", "\n" + own + "  "), chat("Battery?", own + "x"), new Row.Text("never asked"), chat("Beyond the limit", own));

        EvaluationResult result = evaluate(rows, 2);

        assertEquals(2, result.generatedRows());
        assertEquals(0.5, result.exactMatch());
    }

    @Test
    void givenBatchesOfAnySize_whenObserved_thenEveryRowIsReportedOnce() throws Exception {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            rows.add(chat("Question " + i, "word ".repeat(1 + i % 9)));
        }
        List<Integer> seen = new ArrayList<>();
        EvaluationResult result = Evaluation.run(directory, null, Precision.F32, rows, 0, 1, 64, new EvaluationObserver() {
            @Override
            public void scored(int done, int of, double loss) {
                assertEquals(300, of);
                assertTrue(Double.isFinite(loss));
                seen.add(done);
            }
        }, () -> false).result();

        assertEquals(300, result.rows());
        assertEquals(300, seen.getLast());
        assertTrue(seen.size() > 1);
    }

    @Test
    void givenAStop_whenAsked_thenTheEvaluationEndsWithoutAResult() {
        assertThrows(EvaluationInterrupted.class,
                () -> Evaluation.run(directory, null, Precision.F32, ROWS, 4, 12, 64, EvaluationObserver.NONE, () -> true));
    }

    @Test
    void givenNoRowWithAnAnswer_whenEvaluated_thenASentenceSaysWhatToDo() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> evaluate(List.of(), 1)).getMessage().contains("Give the dataset more rows"));
    }
}

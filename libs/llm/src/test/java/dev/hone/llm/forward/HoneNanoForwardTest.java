package dev.hone.llm.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.Precision;
import dev.hone.llm.text.ChatMessage;
import dev.hone.llm.text.ChatTokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A trained model: its own answer, token by token, and how likely each token is, against the program in f32. */
class HoneNanoForwardTest {
    private static final Path NANO = Path.of(System.getProperty("hone.root"), "models/hone-nano");
    private static final int ANSWER = 60;

    /** Divergence in nats a token: what a weight type costs; the tokens chosen are the same but for near ties. */
    @ParameterizedTest
    @CsvSource({"STORED, 5e-5, 1.0", "BF16, 5e-5, 1.0", "INT8, 5e-4, 0.98", "INT4, 0.02, 0.95"})
    void givenAPrompt_whenItsAnswerIsRead_thenTokensAndTheirProbabilitiesAreThePrograms(PackedAs as, double divergence, double same) {
        try (ChatTokenizer tokenizer = ChatTokenizer.load(NANO); LanguageModel reference = LanguageModel.load(NANO, Precision.F32); ForwardModel model = ForwardModels.load(NANO, as)) {
            int[] prompt = tokenizer.prompt(List.of(new ChatMessage("user", "What is the capital of France, and how many people live there?")));
            int[] row = answered(reference, prompt);
            float[] exact = reference.logits(List.of(row)).getFirst();
            float[] found = Sequences.logits(model, row, Optional.empty());
            int vocabulary = model.config().vocabSize();
            int equal = 0;
            double sum = 0;
            for (int t = prompt.length - 1; t < row.length; t++) {
                float[] p = Arrays.copyOfRange(exact, t * vocabulary, (t + 1) * vocabulary);
                float[] q = Arrays.copyOfRange(found, t * vocabulary, (t + 1) * vocabulary);
                equal += argmax(p) == argmax(q) ? 1 : 0;
                sum += divergence(p, q);
            }
            assertTrue(sum / (ANSWER + 1) < divergence, as + " diverges by " + sum / (ANSWER + 1) + " nats a token");
            assertTrue(equal >= same * (ANSWER + 1), as + " chooses " + equal + " of " + (ANSWER + 1) + " tokens alike");
        }
    }

    @Test
    void givenNanosConfig_whenLoaded_thenParametersAndBytesAreCounted() {
        try (ForwardModel stored = ForwardModels.load(NANO, PackedAs.STORED); ForwardModel int4 = ForwardModels.load(NANO, PackedAs.INT4)) {
            assertEquals(stored.parameters(), int4.parameters());
            assertTrue(stored.bytes() >= 2 * stored.parameters() * 0.99 && stored.bytes() < 2 * stored.parameters() * 1.1, stored.bytes() + " bytes in bf16");
            assertTrue(int4.bytes() < 0.85 * stored.parameters(), int4.bytes() + " bytes in int4 with a head in int8");
        }
    }

    private static int[] answered(LanguageModel model, int[] prompt) {
        int[] row = prompt;
        for (int i = 0; i < ANSWER; i++) {
            float[] logits = model.logits(List.of(row)).getFirst();
            int vocabulary = model.config().vocabSize();
            int next = argmax(Arrays.copyOfRange(logits, logits.length - vocabulary, logits.length));
            row = Arrays.copyOf(row, row.length + 1);
            row[row.length - 1] = next;
        }
        return row;
    }

    private static int argmax(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }

    /** Kullback-Leibler divergence of the softmax of q from that of p, in nats. */
    private static double divergence(float[] p, float[] q) {
        double logP = logSum(p);
        double logQ = logSum(q);
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            sum += Math.exp(p[i] - logP) * ((p[i] - logP) - (q[i] - logQ));
        }
        return sum;
    }

    private static double logSum(float[] values) {
        double sum = 0;
        for (float v : values) {
            sum += Math.exp(v);
        }
        return Math.log(sum);
    }
}

package dev.hone.llm.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.Precision;
import dev.hone.llm.model.TinyLlama;
import dev.hone.llm.text.ChatMessage;
import dev.hone.llm.text.TinyTokenizer;
import dev.hone.llm.text.TokenizerFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeneratorTest {
    /** The vocabulary of the tests' tokenizer. */
    private static final ModelConfig CONFIG = ModelConfig.llama(512, 32, 64, 2, 4, 2, 16, 1e-5, 10000, 64, false, 0.02);

    @TempDir
    static Path directory;

    private static Generator generator;

    @BeforeAll
    static void load() {
        TinyLlama.write(directory, CONFIG, 5);
        TokenizerFiles.copy(TinyTokenizer.directory(), directory);
        generator = Generator.load(directory, null, Precision.F32);
    }

    @AfterAll
    static void close() {
        generator.close();
    }

    private static int[] prompt(String question) {
        return generator.tokenizer().prompt(List.of(new ChatMessage("user", question)));
    }

    private static Completion generate(String question, Sampling sampling) {
        return generator.generate(prompt(question), sampling, text -> {}, () -> false);
    }

    private static Sampling warm(long seed) {
        return new Sampling(1, 40, 0.95, seed, 20, List.of());
    }

    @Test
    void givenAGreedyAnswer_whenComputedAgainWithoutACache_thenTheTokensAreTheSame() {
        int[] row = prompt("How do I reset my smartphone?");
        int length = row.length;
        try (LanguageModel model = LanguageModel.load(directory, Precision.F32)) {
            for (int i = 0; i < 12; i++) {
                float[] logits = model.logits(new int[][] {row});
                row = Arrays.copyOf(row, row.length + 1);
                row[row.length - 1] = TokenSampler.likeliest(Arrays.copyOfRange(logits, logits.length - CONFIG.vocabSize(), logits.length));
            }
        }
        String expected = generator.tokenizer().decode(Arrays.copyOfRange(row, length, row.length));

        assertEquals(expected, generate("How do I reset my smartphone?", Sampling.greedy(12)).text());
    }

    @Test
    void givenASeed_whenAnsweringTwice_thenTheAnswersAreEqualAndAnotherSeedGivesAnother() {
        assertEquals(generate("Hello", warm(1)), generate("Hello", warm(1)));
        assertNotEquals(generate("Hello", warm(1)).text(), generate("Hello", warm(2)).text());
    }

    @Test
    void givenPieces_whenJoined_thenTheyAreTheWholeText() {
        List<String> pieces = new ArrayList<>();
        Completion completion = generator.generate(prompt("Hello"), warm(3), pieces::add, () -> false);

        assertEquals(completion.text(), String.join("", pieces));
        assertTrue(pieces.size() > 1);
        assertFalse(pieces.contains(""));
    }

    @Test
    void givenAStopStringOverSeveralTokens_whenMet_thenTheAnswerEndsBeforeIt() {
        String whole = generate("Hello", Sampling.greedy(20)).text();
        String stop = whole.substring(whole.length() / 3, whole.length() / 3 + 6);
        List<String> pieces = new ArrayList<>();

        Completion cut = generator.generate(prompt("Hello"), new Sampling(0, 0, 1, 0, 20, List.of(stop)), pieces::add, () -> false);

        assertEquals(whole.substring(0, whole.indexOf(stop)), cut.text());
        assertEquals(cut.text(), String.join("", pieces));
        assertEquals(FinishReason.STOP, cut.finish());
        assertTrue(cut.completionTokens() < 20);
    }

    @Test
    void givenMaxTokens_whenReached_thenTheReasonIsLength() {
        Completion completion = generate("Hello", Sampling.greedy(7));

        assertEquals(FinishReason.LENGTH, completion.finish());
        assertEquals(7, completion.completionTokens());
        assertEquals(prompt("Hello").length, completion.promptTokens());
    }

    @Test
    void givenAnAnswerLongerThanTheContext_whenItIsFull_thenTheReasonIsLength() {
        Completion completion = generate("Hello", Sampling.greedy(1000));

        assertEquals(CONFIG.maxPositionEmbeddings(), completion.promptTokens() + completion.completionTokens());
        assertEquals(FinishReason.LENGTH, completion.finish());
    }

    @Test
    void givenACancellation_whenAfterThreeTokens_thenTheAnswerEndsThere() {
        AtomicInteger looks = new AtomicInteger();

        Completion completion = generator.generate(prompt("Hello"), Sampling.greedy(20), text -> {}, () -> looks.incrementAndGet() > 3);

        assertEquals(FinishReason.CANCELLED, completion.finish());
        assertEquals(3, completion.completionTokens());
    }

    @Test
    void givenAPromptThatFillsTheContext_whenAsked_thenASentenceSaysSo() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> generator.generate(new int[64], Sampling.greedy(1), text -> {}, () -> false))
                .getMessage().contains("Shorten the prompt"));
        assertThrows(IllegalArgumentException.class, () -> generator.generate(new int[0], Sampling.greedy(1), text -> {}, () -> false));
    }

    @Test
    void givenManyPrompts_whenAnsweredInBatches_thenEachAnswerIsWhatItIsAlone() {
        List<String> questions = List.of("Hello", "How do I reset my phone?", "Battery", "The receipt", "Settings", "How long is the warranty?");

        List<String> together = generator.greedy(questions.stream().map(GeneratorTest::prompt).toList(), 18, () -> false);

        assertEquals(questions.stream().map(question -> generate(question, Sampling.greedy(18)).text()).toList(), together);
    }

    @Test
    void givenAPromptThatFillsTheContext_whenAnsweredInABatch_thenItsAnswerIsEmptyAndTheOthersAreThere() {
        List<String> answers = generator.greedy(List.of(new int[64], prompt("Hello")), 5, () -> false);

        assertEquals("", answers.get(0));
        assertEquals(generate("Hello", Sampling.greedy(5)).text(), answers.get(1));
    }

    @Test
    void givenSeveralThreads_whenAnsweringAtOnce_thenEachAnswerIsWhatItIsAlone() throws Exception {
        List<Callable<Completion>> calls = new ArrayList<>();
        for (long seed = 0; seed < 6; seed++) {
            long own = seed;
            calls.add(() -> generate("Hello", warm(own)));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<Completion>> together = threads.invokeAll(calls);
            for (int seed = 0; seed < 6; seed++) {
                assertEquals(generate("Hello", warm(seed)), together.get(seed).get());
            }
        }
    }
}

package dev.hone.llm.generate;

import dev.hone.llm.lora.AdaptedModel;
import dev.hone.llm.model.Batch;
import dev.hone.llm.model.KvCache;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.Precision;
import dev.hone.llm.model.Score;
import dev.hone.llm.text.ChatTokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A loaded model and its tokenizer, answering prompts. Thread-safe: answers share the weights, each has its own cache.
 * Close it only when no answer is being made.
 */
public final class Generator implements AutoCloseable {
    private final LanguageModel model;
    private final ChatTokenizer tokenizer;

    private Generator(LanguageModel model, ChatTokenizer tokenizer) {
        this.model = model;
        this.tokenizer = tokenizer;
    }

    /** Takes over both: closing the generator closes them. */
    public static Generator over(LanguageModel model, ChatTokenizer tokenizer) {
        return new Generator(model, tokenizer);
    }

    /**
     * Loads a plain or quantized model directory, computing in bf16.
     *
     * @throws dev.hone.llm.format.FormatException if the directory does not hold a model that can be run faithfully
     */
    public static Generator load(Path modelDirectory) {
        return load(modelDirectory, null, Precision.BF16);
    }

    /** Loads a base model with a PEFT adapter over it, not merged, computing in bf16. */
    public static Generator load(Path baseDirectory, Path adapterDirectory) {
        return load(baseDirectory, adapterDirectory, Precision.BF16);
    }

    /** @param adapterOrNull directory in PEFT's format */
    public static Generator load(Path modelDirectory, Path adapterOrNull, Precision precision) {
        LanguageModel model = adapterOrNull == null
                ? LanguageModel.load(modelDirectory, precision) : AdaptedModel.load(modelDirectory, adapterOrNull, precision);
        try {
            return new Generator(model, ChatTokenizer.load(modelDirectory));
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /**
     * Answers one prompt, token by token.
     *
     * @param prompt    at least one token and fewer than the context holds
     * @param onText    gets the text as it becomes certain, never half a character and never part of a stop string
     * @param cancelled looked at before every token
     */
    public Completion generate(int[] prompt, Sampling sampling, Consumer<String> onText, BooleanSupplier cancelled) {
        requireRoom(prompt);
        int limit = Math.min(sampling.maxTokens(), contextLength() - prompt.length);
        TokenSampler sampler = new TokenSampler(sampling, prompt);
        Pieces text = new Pieces(new AnswerText(tokenizer.streamDecoder(), sampling.stop()), onText);
        try (KvCache cache = model.newCache(1, prompt.length + limit)) {
            int[] read = prompt;
            int made = 0;
            while (made < limit) {
                if (cancelled.getAsBoolean()) {
                    return text.completed(FinishReason.CANCELLED, prompt.length, made);
                }
                int token = sampler.next(model.advance(cache, new int[][] {read}));
                made++;
                if (tokenizer.endTokens().contains(token)) {
                    return text.completed(FinishReason.STOP, prompt.length, made);
                }
                text.accept(token);
                if (text.stopped()) {
                    return text.completed(FinishReason.STOP, prompt.length, made);
                }
                read = new int[] {token};
            }
            return text.completed(FinishReason.LENGTH, prompt.length, made);
        }
    }

    private void requireRoom(int[] prompt) {
        if (prompt.length == 0) {
            throw new IllegalArgumentException("Expected a prompt of at least one token, found an empty one.");
        }
        if (prompt.length >= contextLength()) {
            throw new IllegalArgumentException("The prompt has " + prompt.length + " tokens, and the model reads "
                    + contextLength() + " with the answer. Shorten the prompt.");
        }
    }

    /**
     * The likeliest answers to many prompts, made in batches of prompts of equal length.
     *
     * @param prompts each of at least one token
     * @param stop    looked at between batches and every few tokens; when true the answers still missing are empty or unfinished
     * @return an answer per prompt, in the prompts' order; empty for a prompt that fills the context
     */
    public List<String> greedy(List<int[]> prompts, int maxNewTokens, BooleanSupplier stop) {
        return new GreedyBatches(model, tokenizer, maxNewTokens, stop).answers(prompts);
    }

    public ChatTokenizer tokenizer() {
        return tokenizer;
    }

    /** What a batch's labelled tokens cost; see {@link Batch}. */
    public Score score(Batch batch) {
        return model.score(batch);
    }

    /** The same of each of its documents. */
    public List<Score> scores(Batch batch) {
        return model.scores(batch);
    }

    /** All weights, tied ones counted once. */
    public long parameters() {
        return model.parameters();
    }

    /** Tokens that prompt and answer may have together. */
    public int contextLength() {
        return model.contextLength();
    }

    @Override
    public void close() {
        model.close();
        tokenizer.close();
    }

    /** An answer's text, handed out as it becomes certain. */
    private static final class Pieces {
        private final AnswerText text;
        private final Consumer<String> reader;

        Pieces(AnswerText text, Consumer<String> reader) {
            this.text = text;
            this.reader = reader;
        }

        void accept(int token) {
            say(text.accept(token));
        }

        boolean stopped() {
            return text.stopped();
        }

        Completion completed(FinishReason finish, int promptTokens, int completionTokens) {
            boolean wasRunning = !text.stopped();
            say(text.finish());
            FinishReason reason = wasRunning && text.stopped() ? FinishReason.STOP : finish;
            return new Completion(text.all(), reason, promptTokens, completionTokens);
        }

        private void say(String piece) {
            if (!piece.isEmpty()) {
                reader.accept(piece);
            }
        }
    }
}

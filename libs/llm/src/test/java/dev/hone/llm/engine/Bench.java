package dev.hone.llm.engine;

import dev.hone.llm.forward.Adapter;
import dev.hone.llm.forward.ForwardModel;
import dev.hone.llm.generate.AnswerText;
import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.Penalties;
import dev.hone.llm.generate.Sampling;
import dev.hone.llm.generate.TokenSampler;
import dev.hone.llm.kernel.WorkTeam;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.llm.text.TinyTokenizer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** An engine over fake models, and what their answers are without an engine. */
final class Bench implements AutoCloseable {
    static final int CONTEXT = 256;
    static final Path TOKENIZER = TinyTokenizer.directory();

    final Map<ServedAs, FakeForward> forwards = new ConcurrentHashMap<>();
    final ContinuousEngine engine;
    private final ChatTokenizer tokenizer = ChatTokenizer.load(TOKENIZER);

    Bench(EngineSettings settings) {
        this(settings, EngineObserver.NONE);
    }

    Bench(EngineSettings settings, EngineObserver observer) {
        engine = new ContinuousEngine(settings, observer, new Weights() {
            @Override
            public ForwardModel load(Path directory, ServedAs as) {
                return forward(as);
            }

            @Override
            public ForwardModel loadMerged(Path base, Path trained, ServedAs as) {
                return forward(as);
            }
        }, WorkTeam.of(settings.threads()));
    }

    /** @param blocks that the cache holds */
    static EngineSettings settings(int blocks, int running, int waiting, int stepTokens) {
        return new EngineSettings(1, blocks * FakeForward.BLOCK_BYTES, running, waiting, stepTokens, Duration.ZERO);
    }

    static Bench roomy() {
        return new Bench(settings(1000, 16, 1000, 64));
    }

    /** The types in which a model is served stand for different models. */
    FakeForward forward(ServedAs as) {
        return forwards.computeIfAbsent(as, one -> new FakeForward(one.ordinal() + 1, CONTEXT));
    }

    LoadedModel model() {
        return model(ServedAs.STORED);
    }

    LoadedModel model(ServedAs as) {
        return engine.load(TOKENIZER, as);
    }

    Heard ask(LoadedModel model, int[] prompt, Sampling sampling) {
        return ask(Ask.of(model, prompt, sampling));
    }

    Heard ask(Ask ask) {
        Heard heard = new Heard();
        try {
            engine.ask(ask, heard);
        } catch (EngineBusy e) {
            throw new AssertionError(e);
        }
        return heard;
    }

    static int[] prompt(int length, long seed) {
        return new SplittableRandom(seed).ints(length, 20, FakeForward.VOCABULARY).toArray();
    }

    static Sampling warm(long seed, int tokens) {
        return new Sampling(1, 0, 0.9, seed, tokens, List.of());
    }

    /** Never ends by itself. */
    Sampling endless(int tokens) {
        Map<Integer, Double> never = tokenizer.endTokens().stream().collect(Collectors.toMap(id -> id, id -> -1000.0));
        return new Sampling(0, 0, 1, 0, Penalties.NONE, never, 0, tokens, List.of());
    }

    /** The definition of an answer: logits of everything so far, one token, again. */
    Completion alone(ServedAs as, int[] prompt, Sampling sampling, Optional<Adapter> adapter) {
        TokenSampler sampler = new TokenSampler(sampling, prompt);
        AnswerText text = new AnswerText(tokenizer.streamDecoder(), sampling.stop());
        int[] tokens = prompt;
        int limit = Math.min(sampling.maxTokens(), CONTEXT - prompt.length);
        FinishReason finish = FinishReason.LENGTH;
        while (tokens.length - prompt.length < limit) {
            int next = sampler.next(forward(as).logitsAfter(tokens, adapter));
            tokens = Arrays.copyOf(tokens, tokens.length + 1);
            tokens[tokens.length - 1] = next;
            boolean ended = tokenizer.endTokens().contains(next);
            if (!ended) {
                text.accept(next);
            }
            if (ended || text.stopped()) {
                finish = FinishReason.STOP;
                break;
            }
        }
        text.finish();
        return new Completion(text.all(), finish, prompt.length, tokens.length - prompt.length);
    }

    Completion alone(int[] prompt, Sampling sampling) {
        return alone(ServedAs.STORED, prompt, sampling, Optional.empty());
    }

    /** Waits for what the engine's thread does soon. */
    static void until(BooleanSupplier holds) {
        long end = System.nanoTime() + 20_000_000_000L;
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it did not come true within 20 seconds");
            }
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        forwards.values().forEach(FakeForward::letAll);
        engine.close();
        tokenizer.close();
    }
}

package dev.hone.cli.bench;

import dev.hone.llm.engine.AnswerListener;
import dev.hone.llm.engine.Ask;
import dev.hone.llm.engine.Engine;
import dev.hone.llm.engine.EngineBusy;
import dev.hone.llm.engine.LoadedAdapter;
import dev.hone.llm.engine.LoadedModel;
import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.Penalties;
import dev.hone.llm.generate.Sampling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Some answers at the same time, timed step by step. */
final class EngineStreams {
    private static final int FIRST_ORDINARY_TOKEN = 300;
    private static final int ORDINARY_TOKENS = 997;
    private static final double NEVER = -1e4;

    private final Engine engine;
    private final LoadedModel model;
    private final StepLog log;
    private int asked;

    /** @param log what the engine tells of its steps */
    EngineStreams(Engine engine, LoadedModel model, StepLog log) {
        this.engine = engine;
        this.model = model;
        this.log = log;
    }

    /** Tokens per second of reading a prompt alone. */
    double reading(int prompt) throws EngineBusy, InterruptedException {
        log.clear();
        long began = System.nanoTime();
        ask(Optional.empty(), prompt, 1).join();
        return prompt / ((log.firstToken() - began) / 1e9);
    }

    /** Tokens per second of all streams together, while each of them makes its answer. */
    double answering(int streams, int prompt, int tokens, List<LoadedAdapter> adapters) throws EngineBusy {
        log.clear();
        List<CompletableFuture<Completion>> all = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            all.add(ask(adapters.isEmpty() ? Optional.empty() : Optional.of(adapters.get(i % adapters.size())), prompt, tokens));
        }
        all.forEach(CompletableFuture::join);
        StepLog.Steady steady = log.steady(streams);
        if (steady.tokens() < (long) streams * tokens / 2) {
            throw new IllegalStateException("Expected most of " + streams * tokens + " tokens to be made side by side, found " + steady.tokens() + ": the answers are too short for how they begin.");
        }
        return steady.rate();
    }

    /** No two prompts begin alike, so that none finds its keys and values there already. */
    private CompletableFuture<Completion> ask(Optional<LoadedAdapter> adapter, int prompt, int tokens) throws EngineBusy {
        int[] ids = new int[prompt];
        int salt = asked++;
        Arrays.setAll(ids, i -> FIRST_ORDINARY_TOKEN + (i * 7 + salt * 31) % ORDINARY_TOKENS);
        End end = new End(new CompletableFuture<>());
        engine.ask(new Ask(model, adapter, ids, endless(tokens), Optional.empty(), -1, false, Long.MAX_VALUE, ""), end);
        return end.completion();
    }

    /** A model that has learned to end its answers does not. */
    private Sampling endless(int tokens) {
        Map<Integer, Double> biases = model.tokenizer().endTokens().stream().collect(Collectors.toMap(token -> token, token -> NEVER));
        return new Sampling(0, 0, 1, 0, Penalties.NONE, biases, 0, tokens, List.of());
    }

    private record End(CompletableFuture<Completion> completion) implements AnswerListener {
        @Override
        public void piece(String text, List<TokenLogprob> tokens) {}

        @Override
        public void end(Completion whole) {
            completion.complete(whole);
        }

        @Override
        public void failed(Throwable bug) {
            completion.completeExceptionally(bug);
        }
    }
}

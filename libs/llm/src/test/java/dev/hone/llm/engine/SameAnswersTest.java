package dev.hone.llm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.forward.ForwardModel;
import dev.hone.llm.forward.ForwardModels;
import dev.hone.llm.forward.KvBlocks;
import dev.hone.llm.forward.PackedAs;
import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.Penalties;
import dev.hone.llm.generate.Sampling;
import dev.hone.llm.kernel.WorkTeam;
import dev.hone.llm.train.Golden;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With a real forward pass: the same seed, prompt and revision give the same answer whatever else is in the batch. */
class SameAnswersTest {
    private static final int REQUESTS = 24;

    private record Told(Completion completion, List<Double> logprobs, List<Integer> tokens) {}

    private final AtomicInteger preemptions = new AtomicInteger();
    private volatile CountDownLatch asked = new CountDownLatch(0);
    private final EngineObserver observer = new EngineObserver() {
        /** The engine's thread waits until all have asked, so that they meet. */
        @Override
        public void admitted(LoadedModel model, long waitedNanos) {
            try {
                asked.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void preempted(LoadedModel model) {
            preemptions.incrementAndGet();
        }
    };

    private ContinuousEngine engine(Golden golden, PackedAs as, int threads, int blocks, int running, int stepTokens) {
        long blockBytes;
        try (ForwardModel model = ForwardModels.load(golden.base(), as); KvBlocks one = model.newBlocks(1)) {
            blockBytes = one.blockBytes();
        }
        return new ContinuousEngine(new EngineSettings(threads, blocks * blockBytes, running, REQUESTS, stepTokens, Duration.ZERO), observer, new Weights() {
            @Override
            public ForwardModel load(Path directory, ServedAs served) {
                return ForwardModels.load(golden.base(), as);
            }

            @Override
            public ForwardModel loadMerged(Path base, Path trained, ServedAs served) {
                throw new UnsupportedOperationException();
            }
        }, WorkTeam.of(threads));
    }

    private static Ask ask(LoadedModel model, LoadedAdapter adapter, int i, String prefixKey) {
        SplittableRandom random = new SplittableRandom(i);
        int vocabulary = ((HostedModel) model).vocabulary();
        int[] beginning = new SplittableRandom(i % 3).ints(34, 0, vocabulary).toArray();
        int[] prompt = random.ints(36 + i % 5, 0, vocabulary).toArray();
        System.arraycopy(beginning, 0, prompt, 0, beginning.length);
        Sampling sampling = new Sampling(i % 4 == 0 ? 0 : 1.1, 0, 0.95, 0.01, new Penalties(1.1, 0.1, 0.1), Map.of(), i, 24 + i % 24, List.of());
        return new Ask(model, Optional.ofNullable(adapter).filter(one -> i % 2 == 0), prompt, sampling, Optional.empty(), 0, false, Long.MAX_VALUE, prefixKey);
    }

    private static Told told(Heard heard) {
        Completion completion = heard.completion();
        return new Told(completion, heard.tokens.stream().map(TokenLogprob::logprob).toList(), heard.tokens.stream().map(TokenLogprob::token).toList());
    }

    private static Heard begin(Engine engine, Ask ask) throws EngineBusy {
        Heard heard = new Heard();
        engine.ask(ask, heard);
        return heard;
    }

    @ParameterizedTest
    @CsvSource({"llama, STORED", "llama, INT8", "qwen3, INT4", "gemma3, INT8"})
    void givenRequests_whenAnsweredInCompanyWithSharedPrefixesAndPreemption_thenTokensAndLogprobsAreThoseOfEachAlone(String family, PackedAs as) throws EngineBusy {
        try (Golden golden = Golden.family(family)) {
            List<Told> alone = new ArrayList<>();
            try (ContinuousEngine engine = engine(golden, as, 1, 1000, 1, 512)) {
                LoadedModel model = engine.load(Bench.TOKENIZER, ServedAs.STORED);
                LoadedAdapter adapter = engine.loadAdapter(model, golden.adapter());
                for (int i = 0; i < REQUESTS; i++) {
                    alone.add(told(begin(engine, ask(model, adapter, i, "alone" + i))));
                }
            }
            List<Told> together = new ArrayList<>();
            try (ContinuousEngine engine = engine(golden, as, 2, 11, 8, 40)) {
                LoadedModel model = engine.load(Bench.TOKENIZER, ServedAs.STORED);
                LoadedAdapter adapter = engine.loadAdapter(model, golden.adapter());
                List<Heard> heard = new ArrayList<>();
                asked = new CountDownLatch(1);
                for (int i = 0; i < REQUESTS; i++) {
                    heard.add(begin(engine, ask(model, adapter, i, "")));
                }
                asked.countDown();
                heard.forEach(one -> together.add(told(one)));
                assertTrue(engine.status().prefixTokensReused() > 0);
            }

            assertEquals(alone, together);
            assertTrue(preemptions.get() > 0);
        }
    }
}

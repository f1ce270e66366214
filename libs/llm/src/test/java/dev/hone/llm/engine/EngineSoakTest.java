package dev.hone.llm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.Sampling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class EngineSoakTest {
    private static final int REQUESTS = 400;

    private record Case(Ask ask, ServedAs as, Ticket ticket, Heard heard) {}

    private final SplittableRandom random = new SplittableRandom(20);
    private final AtomicInteger preemptions = new AtomicInteger();
    private final EngineObserver observer = new EngineObserver() {
        @Override
        public void preempted(LoadedModel model) {
            preemptions.incrementAndGet();
        }
    };

    @Test
    void givenHundredsOfRequestsOnASmallCache_whenTheyAreCancelledAndExpireAndModelsClose_thenEachEndsOnceAndAnswersAreThoseOfEachAlone() throws EngineBusy {
        List<Case> cases = new ArrayList<>();
        List<HostedModel> models = new ArrayList<>();
        try (Bench bench = new Bench(Bench.settings(30, 12, REQUESTS, 48), observer)) {
            List<ServedAs> kinds = List.of(ServedAs.STORED, ServedAs.INT8, ServedAs.BF16);
            for (ServedAs as : kinds) {
                models.add((HostedModel) bench.model(as));
                bench.forward(as).gated();
            }
            LoadedAdapter adapter = bench.engine.loadAdapter(models.getFirst(), Path.of("adapter"));
            for (int i = 0; i < REQUESTS; i++) {
                int which = i < REQUESTS / 2 ? random.nextInt(3) : random.nextInt(2);
                if (i == REQUESTS / 2) {
                    models.get(2).close();
                    kinds.forEach(as -> bench.forward(as).letAll());
                }
                cases.add(begin(bench, models.get(which), kinds.get(which), Optional.of(adapter).filter(one -> which == 0 && random.nextBoolean())));
                if (random.nextInt(5) == 0) {
                    cases.get(random.nextInt(cases.size())).ticket().cancel();
                }
            }
            for (Case one : cases) {
                assertAsAlone(bench, one);
            }
        }

        assertTrue(cases.stream().allMatch(one -> one.heard().ends.get() == 1));
        assertEquals(List.of(0, 0, 0), models.stream().map(model -> model.lane().pool().held()).toList());
        assertTrue(preemptions.get() > 20, "preemptions " + preemptions);
        Map<FinishReason, Long> reasons = cases.stream().collect(Collectors.groupingBy(one -> one.heard().finish(), Collectors.counting()));
        assertTrue(reasons.keySet().containsAll(List.of(FinishReason.values())), reasons::toString);
    }

    /** A prompt of a few beginnings, so that prefixes are shared. */
    private Case begin(Bench bench, LoadedModel model, ServedAs as, Optional<LoadedAdapter> adapter) throws EngineBusy {
        int[] beginning = Bench.prompt(120, random.nextInt(4));
        int[] prompt = Bench.prompt(1 + random.nextInt(120), random.nextLong());
        System.arraycopy(beginning, 0, prompt, 0, random.nextInt(prompt.length));
        Sampling sampling = random.nextInt(4) == 0 ? Sampling.greedy(1 + random.nextInt(60)) : Bench.warm(random.nextLong(), 1 + random.nextInt(60));
        long deadline = random.nextInt(20) == 0 ? System.nanoTime() + random.nextInt(30_000_000) : Long.MAX_VALUE;
        Ask ask = new Ask(model, adapter, prompt, sampling, Optional.empty(), random.nextInt(3) - 1, random.nextInt(6) == 0, deadline, random.nextInt(3) == 0 ? "tenant" : "");
        Heard heard = new Heard();
        return new Case(ask, as, bench.engine.ask(ask, heard), heard);
    }

    private static void assertAsAlone(Bench bench, Case one) {
        Completion completion = one.heard().completion();
        Completion alone = bench.alone(one.as(), one.ask().prompt(), one.ask().sampling(), one.ask().adapter().map(adapter -> ((HostedAdapter) adapter).forward()));
        if (completion.finish() == FinishReason.CANCELLED || completion.finish() == FinishReason.DEADLINE) {
            String certain = completion.text().replaceAll("\uFFFD+$", "");
            assertTrue(alone.text().startsWith(certain), "the beginning of the answer");
            assertTrue(completion.completionTokens() <= alone.completionTokens());
        } else {
            assertEquals(alone, completion);
        }
        assertEquals(completion.text(), String.join("", one.heard().pieces));
    }
}

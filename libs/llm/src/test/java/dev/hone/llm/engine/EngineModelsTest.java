package dev.hone.llm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.forward.Adapter;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.Sampling;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EngineModelsTest {
    private static Ask with(LoadedModel model, LoadedAdapter adapterOrNull, String prefixKey, int tokens) {
        return new Ask(model, Optional.ofNullable(adapterOrNull), Bench.prompt(100, 1), Bench.warm(3, tokens), Optional.empty(), -1, false, Long.MAX_VALUE, prefixKey);
    }

    @Test
    void givenManyAdaptersInOneBatch_whenAsked_thenEachAnswerIsItsOwnAdapters() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            List<LoadedAdapter> adapters = new ArrayList<>();
            List<Heard> heard = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                adapters.add(i % 4 == 0 ? null : bench.engine.loadAdapter(model, Path.of("adapter" + i)));
                heard.add(bench.ask(with(model, adapters.getLast(), "", 20)));
            }

            for (int i = 0; i < 12; i++) {
                Optional<Adapter> adapter = Optional.ofNullable(adapters.get(i)).map(one -> ((HostedAdapter) one).forward());
                assertEquals(bench.alone(ServedAs.STORED, Bench.prompt(100, 1), Bench.warm(3, 20), adapter), heard.get(i).completion());
            }
            assertNotEquals(heard.get(0).text(), heard.get(1).text());
        }
    }

    @Test
    void givenAPromptThatWasRead_whenAskedAgain_thenOnlyItsLastTokensAreReadAndTheAnswerIsTheSame() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            Heard first = bench.ask(with(model, null, "", 20));
            first.completion();
            int steps = bench.forward(ServedAs.STORED).seen.size();
            Heard second = bench.ask(with(model, null, "", 20));

            assertEquals(first.completion(), second.completion());
            assertEquals(96, bench.forward(ServedAs.STORED).seen.get(steps).positions().getFirst());
            assertEquals(4, bench.forward(ServedAs.STORED).seen.get(steps).tokens().getFirst());
            Bench.until(() -> bench.engine.status().prefixTokensReused() == 96);
        }
    }

    @Test
    void givenAnotherKeyOrAdapter_whenTheSamePromptIsAsked_thenItIsReadFromItsBeginning() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            bench.ask(with(model, null, "", 1)).completion();
            bench.ask(with(model, null, "tenant", 1)).completion();
            bench.ask(with(model, bench.engine.loadAdapter(model, Path.of("adapter")), "", 1)).completion();

            assertEquals(0, bench.engine.status().prefixTokensReused());
        }
    }

    @Test
    void givenEqualPromptsAtOnce_whenAnswered_thenTheirPrefixIsComputedOnce() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            FakeForward forward = bench.forward(ServedAs.STORED).gated();
            List<Heard> heard = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                heard.add(bench.ask(with(model, null, "", 3)));
            }
            forward.letAll();
            heard.forEach(one -> assertEquals(heard.getFirst().completion(), one.completion()));

            int computed = forward.seen.stream().mapToInt(FakeForward.Step::total).sum();
            // 100 tokens once, the last 4 of each of the others, and two of three answer tokens each
            assertEquals(100 + 4 * 4 + 5 * 2, computed);
        }
    }

    @Test
    void givenAModelThatStillAnswers_whenClosed_thenTheAnswerEndsAsUsualAndTheMemoryGoesAfterwards() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            LoadedModel other = bench.model(ServedAs.INT8);
            FakeForward forward = bench.forward(ServedAs.STORED).gated();
            Heard heard = bench.ask(Ask.of(model, Bench.prompt(5, 1), Sampling.greedy(10)));
            forward.let(3);
            Bench.until(() -> forward.seen.size() == 3);
            model.close();

            assertThrows(IllegalStateException.class, () -> bench.engine.ask(Ask.of(model, Bench.prompt(5, 1), Sampling.greedy(10)), new Heard()));
            assertFalse(forward.closed);
            forward.letAll();
            assertEquals(bench.alone(Bench.prompt(5, 1), Sampling.greedy(10)), heard.completion());
            Bench.until(() -> forward.closed);
            assertEquals(FinishReason.LENGTH, bench.ask(other, Bench.prompt(5, 1), Sampling.greedy(10)).finish());
            assertFalse(bench.forward(ServedAs.INT8).closed);
        }
    }

    @Test
    void givenAnAdapterThatStillAnswers_whenClosed_thenItGoesAfterTheAnswer() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            FakeForward forward = bench.forward(ServedAs.STORED).gated();
            LoadedAdapter adapter = bench.engine.loadAdapter(model, Path.of("adapter"));
            FakeForward.FakeAdapter matrices = (FakeForward.FakeAdapter) ((HostedAdapter) adapter).forward();
            Heard heard = bench.ask(with(model, adapter, "", 10));
            forward.let(2);
            Bench.until(() -> forward.seen.size() == 2);
            adapter.close();

            assertThrows(IllegalStateException.class, () -> bench.engine.ask(with(model, adapter, "", 1), new Heard()));
            assertFalse(matrices.closed);
            forward.letAll();
            assertEquals(FinishReason.LENGTH, heard.finish());
            Bench.until(() -> matrices.closed);
            assertEquals(0, bench.engine.status().waiting());
        }
    }

    @Test
    void givenASmallModelThatNeedsItsShare_whenAnotherUsesTheWholeCache_thenTheOtherGivesWayAndNoAnswerChanges() {
        try (Bench bench = new Bench(Bench.settings(20, 8, 100, 64))) {
            LoadedModel greedy = bench.model(ServedAs.STORED);
            LoadedModel late = bench.model(ServedAs.INT8);
            FakeForward forward = bench.forward(ServedAs.STORED).gated();
            List<Heard> many = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                many.add(bench.ask(Ask.of(greedy, Bench.prompt(50, i), Bench.warm(i, 60))));
            }
            forward.let(20);
            Bench.until(() -> forward.seen.size() == 20);
            Heard one = bench.ask(Ask.of(late, Bench.prompt(130, 9), Bench.warm(9, 20)));
            forward.letAll();

            assertEquals(bench.alone(ServedAs.INT8, Bench.prompt(130, 9), Bench.warm(9, 20), Optional.empty()), one.completion());
            for (int i = 0; i < 5; i++) {
                assertEquals(bench.alone(Bench.prompt(50, i), Bench.warm(i, 60)), many.get(i).completion());
            }
        }
    }

    @Test
    void givenASequenceBeyondItsModelsShare_whenTheOtherModelNeedsItsOwn_thenItWaitsForRoomAndItsAnswerIsTheSame() {
        try (Bench bench = new Bench(Bench.settings(16, 8, 100, 64))) {
            LoadedModel large = bench.model(ServedAs.STORED);
            LoadedModel other = bench.model(ServedAs.INT8);
            FakeForward forward = bench.forward(ServedAs.STORED).gated();
            Heard longest = bench.ask(Ask.of(large, Bench.prompt(200, 1), Bench.warm(1, 40)));
            forward.let(6);
            Bench.until(() -> forward.seen.size() == 6);
            List<Heard> others = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                others.add(bench.ask(Ask.of(other, Bench.prompt(40, i), Bench.warm(i, 50))));
            }
            Heard late = bench.ask(Ask.of(large, Bench.prompt(210, 2), Bench.warm(2, 20)));
            forward.letAll();

            assertEquals(bench.alone(Bench.prompt(200, 1), Bench.warm(1, 40)), longest.completion());
            assertEquals(bench.alone(Bench.prompt(210, 2), Bench.warm(2, 20)), late.completion());
            for (int i = 0; i < 12; i++) {
                assertEquals(bench.alone(ServedAs.INT8, Bench.prompt(40, i), Bench.warm(i, 50), Optional.empty()), others.get(i).completion());
            }
            long beginnings = forward.seen.stream().flatMap(step -> step.positions().stream()).filter(position -> position == 0).count();
            assertTrue(beginnings >= 3, "one of the two began anew");
        }
    }

    @Test
    void givenAWarmUp_whenAModelIsLoaded_thenStepsOfEverySizeRanBefore() {
        EngineSettings settings = new EngineSettings(1, 1_000_000, 8, 8, 64, Duration.ofSeconds(20));
        try (Bench bench = new Bench(settings)) {
            bench.model();

            List<Integer> sizes = bench.forward(ServedAs.STORED).seen.stream().map(FakeForward.Step::total).distinct().sorted().toList();
            assertEquals(List.of(1, 2, 8, 64), sizes);
        }
    }

    @Test
    void givenAnEngine_whenClosed_thenModelsAdaptersAndWaitingRequestsEnd() {
        FakeForward forward;
        FakeForward.FakeAdapter matrices;
        Heard heard;
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            forward = bench.forward(ServedAs.STORED);
            LoadedAdapter adapter = bench.engine.loadAdapter(model, Path.of("adapter"));
            matrices = (FakeForward.FakeAdapter) ((HostedAdapter) adapter).forward();
            heard = bench.ask(Ask.of(model, Bench.prompt(5, 1), Sampling.greedy(200)));
        }

        assertTrue(forward.closed && matrices.closed);
        assertEquals(1, heard.ends.get());
    }
}

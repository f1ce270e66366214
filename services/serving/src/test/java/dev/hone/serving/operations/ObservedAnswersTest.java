package dev.hone.serving.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.Sampling;
import dev.hone.serving.answer.AnswerSink;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Format;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.serving.answer.Refusal;
import dev.hone.v1.ServedModel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ObservedAnswersTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CALLER_SPAN = "b7ad6b7169203331";

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ReplicaState state = new ReplicaState();
    private final ServingMeters meters = new ServingMeters(registry, state);
    private final InMemorySpanExporter exported = InMemorySpanExporter.create();
    private final SdkTracerProvider provider = SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(exported)).build();
    private final Heard heard = new Heard();

    @Test
    void givenAnAnswerOfThreePieces_whenGiven_thenItsRevisionsMetersHoldIt() {
        observed(ObservedAnswersTest::answer).ask(question(), heard);

        assertEquals(List.of("begin", "one", "two", "three", "STOP"), heard.said);
        assertEquals(1, registry.get("hone.serving.requests").tags("model", "support", "revision", "v7", "call", "answer", "outcome", "OK").counter().count());
        assertEquals(1, registry.get("hone.serving.first.token").tags("model", "support", "revision", "v7").timer().count());
        assertEquals(2, registry.get("hone.serving.next.token").tags("model", "support", "revision", "v7").timer().count());
        assertEquals(1, registry.get("hone.serving.queued").tags("model", "support", "revision", "v7").timer().count());
        assertEquals(5, registry.get("hone.serving.tokens").tags("model", "support", "kind", "prompt").counter().count());
        assertEquals(3, registry.get("hone.serving.tokens").tags("model", "support", "kind", "completion").counter().count());
    }

    @Test
    void givenACallersTrace_whenAnswered_thenTheSpansContinueItPartByPartAndHoldNoText() {
        SpanContext caller = SpanContext.createFromRemoteParent(TRACE, CALLER_SPAN, TraceFlags.getSampled(), TraceState.getDefault());
        try (Scope scope = Span.wrap(caller).makeCurrent()) {
            assertTrue(Span.current().getSpanContext().isRemote());
            observed(ObservedAnswersTest::answer).ask(question(), heard);
        }

        List<SpanData> spans = exported.getFinishedSpanItems();
        assertEquals(List.of("queue", "prefill", "decode", "hone answer support"), spans.stream().map(SpanData::getName).toList());
        SpanData whole = spans.getLast();
        assertTrue(spans.stream().allMatch(span -> span.getTraceId().equals(TRACE)));
        assertEquals(CALLER_SPAN, whole.getParentSpanId());
        assertTrue(spans.subList(0, 3).stream().allMatch(span -> span.getParentSpanId().equals(whole.getSpanId())));
        assertEquals(5, whole.getAttributes().get(AttributeKey.longKey("gen_ai.usage.input_tokens")));
        assertEquals(3, whole.getAttributes().get(AttributeKey.longKey("gen_ai.usage.output_tokens")));
        assertEquals("v7", whole.getAttributes().get(AttributeKey.stringKey("hone.revision")));
        assertFalse(whole.getAttributes().toString().contains("three"), whole.getAttributes().toString());
    }

    @Test
    void givenARefusal_whenItComesBeforeAnyRevisionOrAfter_thenItIsCountedByItsCodeAndTheSpanFails() {
        observed(sink -> sink.refused(new Refusal(Refusal.Code.NOT_FOUND, "No."))).ask(question(), heard);
        observed(sink -> {
            sink.begin("id", "support", "v7");
            sink.refused(new Refusal(Refusal.Code.DEADLINE_EXCEEDED, "Late."));
        }).ask(question(), heard);

        assertEquals(1, registry.get("hone.serving.requests").tags("model", "unknown", "revision", "", "outcome", "NOT_FOUND").counter().count());
        assertEquals(1, registry.get("hone.serving.requests").tags("model", "support", "revision", "v7", "outcome", "DEADLINE_EXCEEDED").counter().count());
        assertTrue(exported.getFinishedSpanItems().stream().filter(span -> span.getName().startsWith("hone")).allMatch(span -> span.getStatus().getStatusCode() == StatusCode.ERROR));
    }

    @Test
    void givenACallerWhoLeaves_whenTheAnswerEndsAsCancelledThereafter_thenItIsCountedOnce() {
        List<AnswerSink> sinks = new ArrayList<>();
        Answers.InFlight call = observed(sink -> {
            sinks.add(sink);
            sink.begin("id", "support", "v7");
        }).ask(question(), heard);
        call.cancel();
        sinks.getFirst().end(FinishReason.CANCELLED, 5, 1);

        assertEquals(1, registry.get("hone.serving.requests").tags("revision", "v7", "outcome", "CANCELLED").counter().count());
        assertTrue(heard.cancelled);
    }

    @Test
    void givenAReplicaThatRefuses_whenAsked_thenNothingBehindItHearsOfIt() {
        state.refusing();
        Answers answers = observed(sink -> {
            throw new AssertionError("asked");
        });
        answers.ask(question(), heard);

        assertEquals(List.of("UNAVAILABLE"), heard.said);
        assertTrue(answers.score(Caller.ANYONE, "support", new Prompt.Text("a"), List.of(), Long.MAX_VALUE).isCompletedExceptionally());
        assertEquals(1, registry.get("hone.serving.requests").tags("call", "score", "outcome", "UNAVAILABLE").counter().count());
    }

    @Test
    void givenScoresAndEmbeddings_whenTheyComeOrAreCancelled_thenTheirOutcomesAreCounted() {
        Answers answers = observed(sink -> { });
        CompletableFuture<Answers.Scores> scores = answers.score(Caller.ANYONE, "support", new Prompt.Text("a"), List.of(), Long.MAX_VALUE);
        scores.complete(new Answers.Scores("v7", 4, List.of()));
        answers.embed(Caller.ANYONE, "support", new Prompt.Text("a"), Long.MAX_VALUE).cancel(true);

        assertEquals(1, registry.get("hone.serving.requests").tags("call", "score", "revision", "v7", "outcome", "OK").counter().count());
        assertEquals(1, registry.get("hone.serving.requests").tags("call", "embed", "outcome", "CANCELLED").counter().count());
    }

    private static void answer(AnswerSink sink) {
        sink.admitted();
        sink.begin("answer-1", "support", "v7");
        sink.piece("one", List.of());
        sink.piece("two", List.of());
        sink.piece("three", List.of());
        sink.end(FinishReason.STOP, 5, 3);
    }

    private Answers observed(Consumer<AnswerSink> behind) {
        return ObservedAnswers.around(new Behind(behind), meters, state, provider.get("test"));
    }

    private static Question question() {
        return new Question(Caller.ANYONE, "support", Optional.empty(), new Prompt.Text("Hello"), Sampling.greedy(8), Format.FREE, -1, false, Long.MAX_VALUE);
    }

    private final class Behind implements Answers {
        private final Consumer<AnswerSink> answer;

        Behind(Consumer<AnswerSink> answer) {
            this.answer = answer;
        }

        @Override
        public InFlight ask(Question question, AnswerSink sink) {
            answer.accept(sink);
            return () -> heard.cancelled = true;
        }

        @Override
        public CompletableFuture<Scores> score(Caller caller, String model, Prompt context, List<Prompt> continuations, long deadlineNanos) {
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<Embedding> embed(Caller caller, String model, Prompt text, long deadlineNanos) {
            return new CompletableFuture<>();
        }

        @Override
        public List<ServedModel> models() {
            return List.of();
        }
    }

    private static final class Heard implements AnswerSink {
        private final List<String> said = new ArrayList<>();
        private boolean cancelled;

        @Override
        public void begin(String answerId, String model, String revision) {
            said.add("begin");
        }

        @Override
        public void piece(String text, List<TokenLogprob> tokens) {
            said.add(text);
        }

        @Override
        public void end(FinishReason finish, int promptTokens, int completionTokens) {
            said.add(finish.name());
        }

        @Override
        public void refused(Refusal refusal) {
            said.add(refusal.code().name());
        }
    }
}

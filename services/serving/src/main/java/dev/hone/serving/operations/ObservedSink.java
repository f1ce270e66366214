package dev.hone.serving.operations;

import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.FinishReason;
import dev.hone.serving.answer.AnswerSink;
import dev.hone.serving.answer.Refusal;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Looks on while an answer goes to its sink. */
final class ObservedSink implements AnswerSink {
    private static final String CALL = "answer";

    private final AnswerSink sink;
    private final ServingMeters meters;
    private final AnswerSpans spans;
    private final String model;
    private final long asked = System.nanoTime();
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile RevisionMeters revision;
    private long queued;
    private long last;

    ObservedSink(AnswerSink sink, ServingMeters meters, AnswerSpans spans, String model) {
        this.sink = sink;
        this.meters = meters;
        this.spans = spans;
        this.model = model;
        spans.enter("queue");
    }

    @Override
    public void admitted() {
        queued = System.nanoTime();
        spans.enter("prefill");
        sink.admitted();
    }

    /** The revision is told with the answer's first words, after it was admitted. */
    @Override
    public void begin(String answerId, String name, String servedBy) {
        RevisionMeters of = meters.of(name, servedBy);
        revision = of;
        spans.servedBy(answerId, name, servedBy);
        if (queued != 0) {
            of.queued(queued - asked);
        }
        sink.begin(answerId, name, servedBy);
    }

    @Override
    public void prompt(List<TokenLogprob> tokens) {
        sink.prompt(tokens);
    }

    @Override
    public void piece(String text, List<TokenLogprob> tokens) {
        long now = System.nanoTime();
        if (last == 0) {
            revision.firstToken(now - asked);
            spans.enter("decode");
        } else {
            revision.nextToken(now - last);
        }
        last = now;
        sink.piece(text, tokens);
    }

    @Override
    public void end(FinishReason finish, int promptTokens, int completionTokens) {
        if (over.compareAndSet(false, true)) {
            revision.answered(System.nanoTime() - asked, promptTokens, completionTokens);
            revision.request(CALL, outcome(finish));
            spans.tokens(promptTokens, completionTokens);
            spans.finished(finish.name().toLowerCase(java.util.Locale.ROOT));
        }
        sink.end(finish, promptTokens, completionTokens);
    }

    private static String outcome(FinishReason finish) {
        return switch (finish) {
            case STOP, LENGTH -> "OK";
            default -> finish.name().equals("DEADLINE") ? Refusal.Code.DEADLINE_EXCEEDED.name() : Refusal.Code.CANCELLED.name();
        };
    }

    @Override
    public void refused(Refusal refusal) {
        endEarly(refusal.code());
        sink.refused(refusal);
    }

    /** The caller went; whether the sink still hears of an end is not certain. */
    void cancelled() {
        endEarly(Refusal.Code.CANCELLED);
    }

    private void endEarly(Refusal.Code code) {
        if (!over.compareAndSet(false, true)) {
            return;
        }
        RevisionMeters chosen = revision;
        if (chosen == null) {
            meters.refused(model, CALL, code.name());
        } else {
            chosen.request(CALL, code.name());
        }
        spans.failed(code.name());
    }
}

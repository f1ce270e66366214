package dev.hone.serving.operations;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;

/**
 * The spans of one answer: the whole, and below it the parts queue, prefill and decode, one after the other. Attributes have the names of
 * OpenTelemetry's conventions for generative AI; neither prompts nor answers are among them.
 * A caller may go while the answer is on its way, so it may end on another thread than it goes on.
 */
final class AnswerSpans {
    private static final String SYSTEM = "hone";

    private final Tracer tracer;
    private final Span whole;
    private final Context within;
    private Span part;
    private boolean over;

    /** @param call answer, score or embed; the span continues whatever the current context continues */
    AnswerSpans(Tracer tracer, String call) {
        this.tracer = tracer;
        this.whole = tracer.spanBuilder("hone " + call).setAttribute("gen_ai.operation.name", call).setAttribute("gen_ai.provider.name", SYSTEM).startSpan();
        this.within = Context.current().with(whole);
        this.part = Span.getInvalid();
    }

    void servedBy(String answerId, String model, String revision) {
        whole.updateName("hone answer " + model);
        whole.setAttribute("gen_ai.response.id", answerId);
        servedBy(model, revision);
    }

    private void servedBy(String model, String revision) {
        whole.setAttribute("gen_ai.request.model", model).setAttribute("gen_ai.response.model", model + "@" + revision).setAttribute("hone.revision", revision);
    }

    void tokens(int prompt, int completion) {
        whole.setAttribute("gen_ai.usage.input_tokens", (long) prompt).setAttribute("gen_ai.usage.output_tokens", (long) completion);
    }

    /** Ends the part before. */
    synchronized void enter(String name) {
        part.end();
        if (whole.isRecording() && !over) {
            part = tracer.spanBuilder(name).setParent(within).startSpan();
        }
    }

    void end(String model, String revision, int promptTokens, int completionTokens) {
        servedBy(model, revision);
        tokens(promptTokens, completionTokens);
        end();
    }

    void finished(String reason) {
        whole.setAttribute("hone.finish_reason", reason);
        end();
    }

    void failed(String outcome) {
        whole.setAttribute("error.type", outcome).setStatus(StatusCode.ERROR, outcome);
        end();
    }

    private synchronized void end() {
        over = true;
        part.end();
        whole.end();
    }
}

package dev.hone.serving.access;

import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.FinishReason;
import dev.hone.serving.answer.AnswerSink;
import dev.hone.serving.answer.Refusal;
import java.util.List;

/** Gives a request's place back at its end, and counts what it used. */
final class MeteredSink implements AnswerSink {
    private final AnswerSink sink;
    private final Allowance allowance;

    MeteredSink(AnswerSink sink, Allowance allowance) {
        this.sink = sink;
        this.allowance = allowance;
    }

    @Override
    public void begin(String answerId, String model, String revision) {
        sink.begin(answerId, model, revision);
    }

    @Override
    public void prompt(List<TokenLogprob> tokens) {
        sink.prompt(tokens);
    }

    @Override
    public void piece(String text, List<TokenLogprob> tokens) {
        sink.piece(text, tokens);
    }

    @Override
    public void end(FinishReason finish, int promptTokens, int completionTokens) {
        allowance.end(promptTokens + completionTokens);
        sink.end(finish, promptTokens, completionTokens);
    }

    @Override
    public void refused(Refusal refusal) {
        allowance.end(0);
        sink.refused(refusal);
    }
}

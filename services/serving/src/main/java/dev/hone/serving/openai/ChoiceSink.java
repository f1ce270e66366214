package dev.hone.serving.openai;

import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.FinishReason;
import dev.hone.serving.answer.AnswerSink;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.openai.Choices.Choice;
import dev.hone.serving.openai.Choices.Whole;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** One choice on its way: kept until it is whole, or told as it comes. */
final class ChoiceSink implements AnswerSink {
    private final Choice choice;
    private final CompletableFuture<Whole> whole;
    /** Null where the answer is wanted whole. */
    private final Asking stream;
    private final StringBuilder text = new StringBuilder();
    private final List<TokenLogprob> prompt = new ArrayList<>();
    private final List<TokenLogprob> made = new ArrayList<>();
    private boolean opened;
    private volatile String id = "";
    private volatile String revision = "";

    ChoiceSink(Choice choice, CompletableFuture<Whole> whole, Asking stream) {
        this.choice = choice;
        this.whole = whole;
        this.stream = stream;
    }

    String id() {
        return id;
    }

    String revision() {
        return revision;
    }

    /** Nobody reads it any more. */
    void abandon() {
        whole.cancel(true);
    }

    @Override
    public void begin(String answerId, String model, String revision) {
        this.revision = revision;
        this.id = answerId;
    }

    @Override
    public void prompt(List<TokenLogprob> tokens) {
        prompt.addAll(tokens);
    }

    @Override
    public void piece(String text, List<TokenLogprob> tokens) {
        if (stream == null) {
            this.text.append(text);
            made.addAll(tokens);
            return;
        }
        open();
        if (!text.isEmpty() || !tokens.isEmpty()) {
            stream.emit(this, () -> stream.form().piece(choice, text, tokens));
        }
    }

    /** With the first piece, so that what is refused before it is still answered by a status. */
    private void open() {
        if (!opened) {
            opened = true;
            stream.emit(this, () -> stream.form().opening(choice, prompt));
        }
    }

    @Override
    public void end(FinishReason finish, int promptTokens, int completionTokens) {
        Whole answer = new Whole(choice, id, revision, text.toString(), prompt, made, finish, promptTokens, completionTokens);
        if (stream == null) {
            whole.complete(answer);
            return;
        }
        open();
        stream.emit(this, () -> stream.form().closing(choice, finish));
        stream.ended(whole, answer);
    }

    @Override
    public void refused(Refusal refusal) {
        whole.completeExceptionally(refusal);
    }
}

package dev.hone.serving;

import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.Sampling;
import dev.hone.llm.text.ChatMessage;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Says its name over and over, a token at a time. */
final class FakeModel implements TextModel {
    private final String name;
    volatile boolean closed;
    volatile Runnable beforeToken = () -> {};

    FakeModel(String name) {
        this.name = name;
    }

    @Override
    public int[] tokens(String text) {
        return new int[text.length()];
    }

    @Override
    public int[] tokens(List<ChatMessage> conversation) {
        return new int[conversation.size()];
    }

    @Override
    public Completion answer(int[] prompt, Sampling sampling, Consumer<String> onText, BooleanSupplier cancelled) {
        StringBuilder text = new StringBuilder();
        for (int made = 0; made < sampling.maxTokens(); made++) {
            if (cancelled.getAsBoolean()) {
                return new Completion(text.toString(), FinishReason.CANCELLED, prompt.length, made);
            }
            beforeToken.run();
            text.append(name);
            onText.accept(name);
        }
        return new Completion(text.toString(), FinishReason.LENGTH, prompt.length, sampling.maxTokens());
    }

    @Override
    public long parameters() {
        return 1;
    }

    @Override
    public int contextLength() {
        return 100;
    }

    @Override
    public void close() {
        closed = true;
    }
}

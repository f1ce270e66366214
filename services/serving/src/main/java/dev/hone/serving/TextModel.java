package dev.hone.serving;

import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.Sampling;
import dev.hone.llm.text.ChatMessage;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** A model in memory, as far as answering needs it. */
interface TextModel extends AutoCloseable {
    int[] tokens(String text);

    /** @throws dev.hone.llm.text.ChatTemplateException where the model's template refuses the conversation */
    int[] tokens(List<ChatMessage> conversation);

    /** @param cancelled looked at before every token */
    Completion answer(int[] prompt, Sampling sampling, Consumer<String> onText, BooleanSupplier cancelled);

    long parameters();

    int contextLength();

    @Override
    void close();
}

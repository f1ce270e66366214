package dev.hone.serving.answering;

import dev.hone.llm.text.ChatMessage;
import java.util.List;

/** Where prompts and answers are written down, for models of which that is wanted. */
public interface AnswerLog {
    /** Nothing is ever written down. */
    AnswerLog OFF = entry -> {};

    /** @param finish stop or length */
    record Entry(String answerId, String model, String revision, String caller, List<ChatMessage> prompt, String answer, String finish, int promptTokens, int answerTokens) {}

    /** Must return at once. */
    void write(Entry entry);
}

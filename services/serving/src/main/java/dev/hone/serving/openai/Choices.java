package dev.hone.serving.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.FinishReason;
import dev.hone.serving.answer.Question;
import java.util.List;

/** The form that one of the two APIs gives its choices. */
interface Choices {
    /** One answer among those of a request. */
    record Choice(int index, Question question) {}

    /** An answer in full. @param prompt tokens, told only with echo */
    record Whole(Choice choice, String id, String revision, String text, List<TokenLogprob> prompt, List<TokenLogprob> made, FinishReason finish,
            int promptTokens, int completionTokens) {}

    /** {@code chat.completion} and the like. */
    String object(boolean streamed);

    ObjectNode whole(Whole answer);

    /** Before a choice's first piece. @param prompt its tokens, with echo */
    ObjectNode opening(Choice choice, List<TokenLogprob> prompt);

    ObjectNode piece(Choice choice, String text, List<TokenLogprob> made);

    ObjectNode closing(Choice choice, FinishReason finish);

    static String name(FinishReason finish) {
        return finish == FinishReason.LENGTH ? "length" : "stop";
    }
}

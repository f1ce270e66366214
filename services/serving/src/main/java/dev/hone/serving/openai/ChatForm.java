package dev.hone.serving.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.FinishReason;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Choices as {@code /v1/chat/completions} tells them. */
final class ChatForm implements Choices {
    @Override
    public String object(boolean streamed) {
        return streamed ? "chat.completion.chunk" : "chat.completion";
    }

    @Override
    public ObjectNode whole(Whole answer) {
        ObjectNode choice = JsonNodeFactory.instance.objectNode().put("index", answer.choice().index());
        choice.putObject("message").put("role", "assistant").put("content", answer.text()).putNull("refusal");
        logprobs(choice, answer.choice(), answer.made());
        return choice.put("finish_reason", Choices.name(answer.finish()));
    }

    @Override
    public ObjectNode opening(Choice choice, List<TokenLogprob> prompt) {
        ObjectNode told = JsonNodeFactory.instance.objectNode().put("index", choice.index());
        told.putObject("delta").put("role", "assistant").put("content", "");
        return told.putNull("logprobs").putNull("finish_reason");
    }

    @Override
    public ObjectNode piece(Choice choice, String text, List<TokenLogprob> made) {
        ObjectNode told = JsonNodeFactory.instance.objectNode().put("index", choice.index());
        told.putObject("delta").put("content", text);
        logprobs(told, choice, made);
        return told.putNull("finish_reason");
    }

    @Override
    public ObjectNode closing(Choice choice, FinishReason finish) {
        ObjectNode told = JsonNodeFactory.instance.objectNode().put("index", choice.index());
        told.putObject("delta");
        return told.putNull("logprobs").put("finish_reason", Choices.name(finish));
    }

    private static void logprobs(ObjectNode choice, Choice of, List<TokenLogprob> tokens) {
        if (of.question().logprobs() < 0) {
            choice.putNull("logprobs");
            return;
        }
        ObjectNode logprobs = choice.putObject("logprobs");
        ArrayNode content = logprobs.putArray("content");
        for (TokenLogprob token : tokens) {
            ArrayNode top = token(content.addObject(), token).putArray("top_logprobs");
            token.alternatives().forEach(alternative -> token(top.addObject(), alternative));
        }
        logprobs.putNull("refusal");
    }

    private static ObjectNode token(ObjectNode told, TokenLogprob token) {
        told.put("token", new String(token.bytes(), StandardCharsets.UTF_8)).put("logprob", finite(token.logprob()));
        ArrayNode bytes = told.putArray("bytes");
        for (byte one : token.bytes()) {
            bytes.add(Byte.toUnsignedInt(one));
        }
        return told;
    }

    /** OpenAI's stand-in for a token that cannot be, as JSON has no infinity. */
    static double finite(double logprob) {
        return Math.max(logprob, -9999);
    }
}

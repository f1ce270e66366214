package dev.hone.serving.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.FinishReason;
import dev.hone.serving.answer.Prompt;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Choices as {@code /v1/completions} tells them. Used for one request only: pieces continue the offsets of the ones before.
 *
 * @param echo whether each text begins with its prompt
 * @param logprobs whether they were asked for, which echo alone does not mean
 */
record CompletionForm(boolean echo, boolean logprobs, Map<Integer, TokenTexts> told) implements Choices {
    /**
     * Stands for the end of an answer that has no other token. The harness that reads echoed log-probabilities asks for one token
     * and cuts the last entry off: without this it would lose the prompt's own.
     */
    private static final TokenLogprob END = new TokenLogprob(-1, new byte[0], Double.NaN, List.of());

    CompletionForm(boolean echo, boolean logprobs) {
        this(echo, logprobs, new HashMap<>());
    }

    @Override
    public String object(boolean streamed) {
        return "text_completion";
    }

    @Override
    public ObjectNode whole(Whole answer) {
        List<TokenLogprob> tokens = new ArrayList<>(answer.prompt());
        tokens.addAll(answer.made());
        if (echo && answer.made().isEmpty() && answer.completionTokens() > 0) {
            tokens.add(END);
        }
        return choice(answer.choice(), prefix(answer.choice(), answer.prompt()) + answer.text(), tokens).put("finish_reason", Choices.name(answer.finish()));
    }

    @Override
    public ObjectNode opening(Choice choice, List<TokenLogprob> prompt) {
        return choice(choice, prefix(choice, prompt), prompt).putNull("finish_reason");
    }

    @Override
    public ObjectNode piece(Choice choice, String text, List<TokenLogprob> made) {
        return choice(choice, text, made).putNull("finish_reason");
    }

    @Override
    public ObjectNode closing(Choice choice, FinishReason finish) {
        return choice(choice, "", List.of()).put("finish_reason", Choices.name(finish));
    }

    private String prefix(Choice choice, List<TokenLogprob> prompt) {
        if (!echo) {
            return "";
        }
        return choice.question().prompt() instanceof Prompt.Text text ? text.text() : decoded(prompt);
    }

    private static String decoded(List<TokenLogprob> tokens) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        tokens.forEach(token -> bytes.writeBytes(token.bytes()));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private ObjectNode choice(Choice choice, String text, List<TokenLogprob> tokens) {
        ObjectNode told = JsonNodeFactory.instance.objectNode().put("index", choice.index()).put("text", text);
        if (logprobs) {
            told.set("logprobs", logprobs(told(choice), choice.question().logprobs(), tokens));
        } else {
            told.putNull("logprobs");
        }
        return told;
    }

    private TokenTexts told(Choice choice) {
        return told.computeIfAbsent(choice.index(), index -> new TokenTexts());
    }

    private static ObjectNode logprobs(TokenTexts texts, int alternatives, List<TokenLogprob> tokens) {
        ObjectNode lists = JsonNodeFactory.instance.objectNode();
        ArrayNode names = lists.putArray("tokens");
        ArrayNode values = lists.putArray("token_logprobs");
        ArrayNode tops = lists.putArray("top_logprobs");
        ArrayNode offsets = lists.putArray("text_offset");
        for (TokenLogprob token : tokens) {
            names.add(TokenTexts.name(token));
            offsets.add(texts.offset(token));
            if (Double.isNaN(token.logprob())) {
                values.addNull();
                tops.addNull();
            } else {
                values.add(ChatForm.finite(token.logprob()));
                top(tops.addObject(), token);
            }
        }
        if (alternatives == 0) {
            lists.putNull("top_logprobs");
        }
        return lists;
    }

    /** The likeliest tokens and, where it is not among them, the token itself. */
    private static void top(ObjectNode top, TokenLogprob token) {
        for (TokenLogprob alternative : token.alternatives()) {
            if (!top.has(TokenTexts.name(alternative))) {
                top.put(TokenTexts.name(alternative), ChatForm.finite(alternative.logprob()));
            }
        }
        if (!top.has(TokenTexts.name(token))) {
            top.put(TokenTexts.name(token), ChatForm.finite(token.logprob()));
        }
    }
}

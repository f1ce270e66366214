package dev.hone.serving.grpc;

import dev.hone.llm.generate.Penalties;
import dev.hone.llm.generate.Sampling;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Format;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.v1.ChatRequest;
import dev.hone.v1.GenerateRequest;
import dev.hone.v1.Logprobs;
import dev.hone.v1.Passage;
import dev.hone.v1.ResponseFormat;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What the fields of a request mean that passed its rules, and what the absent ones do.
 *
 * @param mostTokens of an answer, whatever a request asks for
 */
record Questions(int mostTokens) {
    private static final int USUAL_TOKENS = 256;

    Question of(GenerateRequest request, Caller caller, long deadlineNanos) {
        return new Question(caller, request.getModel(), name(request.getConversationId()), new Prompt.Text(request.getPrompt()), sampling(request.getSampling()),
                format(request.getResponseFormat()), alternatives(request.hasLogprobs(), request.getLogprobs()), request.getLogprobs().getEcho(), deadlineNanos);
    }

    Question of(ChatRequest request, Caller caller, long deadlineNanos) {
        return new Question(caller, request.getModel(), name(request.getConversationId()), new Prompt.Chat(conversation(request.getMessagesList())),
                sampling(request.getSampling()), format(request.getResponseFormat()), alternatives(request.hasLogprobs(), request.getLogprobs()),
                request.getLogprobs().getEcho(), deadlineNanos);
    }

    static Prompt prompt(Passage passage) {
        return passage.hasTokens() ? new Prompt.Tokens(passage.getTokens().getIdsList().stream().mapToInt(Integer::intValue).toArray()) : new Prompt.Text(passage.getText());
    }

    Sampling sampling(dev.hone.v1.Sampling asked) {
        Penalties penalties = new Penalties(asked.hasRepetitionPenalty() ? asked.getRepetitionPenalty() : 1, asked.getPresencePenalty(), asked.getFrequencyPenalty());
        Map<Integer, Double> bias = new HashMap<>();
        asked.getLogitBiasMap().forEach((token, weight) -> bias.put(token, weight.doubleValue()));
        int tokens = Math.min(asked.hasMaxTokens() ? asked.getMaxTokens() : USUAL_TOKENS, mostTokens);
        long seed = asked.hasSeed() ? asked.getSeed() : ThreadLocalRandom.current().nextLong();
        return new Sampling(asked.getTemperature(), asked.getTopK(), asked.hasTopP() ? asked.getTopP() : 1, asked.getMinP(), penalties, bias, seed, tokens, asked.getStopList());
    }

    private static List<dev.hone.llm.text.ChatMessage> conversation(List<dev.hone.v1.ChatMessage> messages) {
        return messages.stream().map(message -> new dev.hone.llm.text.ChatMessage(message.getRole(), message.getContent())).toList();
    }

    private static Optional<String> name(String conversation) {
        return conversation.isEmpty() ? Optional.empty() : Optional.of(conversation);
    }

    private static Format format(ResponseFormat asked) {
        return switch (asked.getKindCase()) {
            case JSON -> asked.getJson() ? new Format.Json() : Format.FREE;
            case JSON_SCHEMA -> new Format.JsonSchema(asked.getJsonSchema());
            case REGEX -> new Format.Regex(asked.getRegex());
            case KIND_NOT_SET -> Format.FREE;
        };
    }

    private static int alternatives(boolean asked, Logprobs logprobs) {
        return asked ? logprobs.getTop() : -1;
    }
}

package dev.hone.serving.openinference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.text.ChatMessage;
import dev.hone.openinference.InferParameter;
import dev.hone.openinference.ModelInferRequest;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.request.Fields;
import dev.hone.serving.request.FormatFields;
import dev.hone.serving.request.SamplingFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a request asks: a question for each element of {@code text_input}, sampled by its parameters. Parameters may also come as
 * the JSON that Triton's vLLM backend takes in the input or parameter {@code sampling_parameters}.
 *
 * @param mostTokens of an answer, whatever a request asks for
 */
record Inferences(int mostTokens) {
    static final String TEXT_INPUT = "text_input";
    private static final String SAMPLING = "sampling_parameters";
    private static final String EXCLUDE_INPUT = "exclude_input_in_output";
    private static final int USUAL_TOKENS = 256;
    private static final int MOST_TEXTS = 1024;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @param raw whether texts go back in the raw form; @param prefixed whether each answer begins with its input */
    record Asked(List<Question> questions, List<String> texts, boolean raw, boolean prefixed) {
        String prefix(int place) {
            return prefixed ? texts.get(place) : "";
        }
    }

    Asked read(ModelInferRequest request, Caller caller, long deadlineNanos) throws Refusal {
        Tensors tensors = new Tensors(request);
        List<String> texts = tensors.texts(TEXT_INPUT);
        if (texts.isEmpty() || texts.size() > MOST_TEXTS) {
            throw Fields.invalid(TEXT_INPUT, "Expected an input \"" + TEXT_INPUT + "\" of datatype BYTES with 1 to " + MOST_TEXTS + " texts, found " + texts.size() + ".");
        }
        Fields fields = new Fields(parameters(request, tensors));
        SamplingFields sampling = new SamplingFields(0, USUAL_TOKENS, mostTokens);
        List<Question> questions = new ArrayList<>();
        for (String text : texts) {
            Prompt prompt = fields.flag("chat") ? new Prompt.Chat(List.of(new ChatMessage("user", text))) : new Prompt.Text(text);
            questions.add(new Question(caller, request.getModelName(), fields.text("conversation_id"), prompt, sampling.read(fields), FormatFields.read(fields), -1, false, deadlineNanos));
        }
        boolean excluded = tensors.flag(EXCLUDE_INPUT).orElse(!fields.has(EXCLUDE_INPUT) || fields.flag(EXCLUDE_INPUT));
        return new Asked(questions, texts, tensors.isRaw(), !excluded);
    }

    private static ObjectNode parameters(ModelInferRequest request, Tensors tensors) throws Refusal {
        ObjectNode parameters = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, InferParameter> one : request.getParametersMap().entrySet()) {
            put(parameters, one.getKey(), one.getValue());
        }
        List<String> nested = new ArrayList<>(tensors.texts(SAMPLING));
        if (parameters.hasNonNull(SAMPLING)) {
            nested.add(parameters.remove(SAMPLING).asText());
        }
        for (String json : nested) {
            if (!json.isBlank()) {
                parameters.setAll(object(json));
            }
        }
        return parameters;
    }

    private static void put(ObjectNode parameters, String name, InferParameter value) {
        switch (value.getParameterChoiceCase()) {
            case BOOL_PARAM -> parameters.put(name, value.getBoolParam());
            case INT64_PARAM -> parameters.put(name, value.getInt64Param());
            case UINT64_PARAM -> parameters.put(name, value.getUint64Param());
            case DOUBLE_PARAM -> parameters.put(name, value.getDoubleParam());
            case STRING_PARAM -> parameters.put(name, value.getStringParam());
            case PARAMETERCHOICE_NOT_SET -> { }
        }
    }

    private static ObjectNode object(String json) throws Refusal {
        try {
            if (JSON.readTree(json) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            throw Fields.invalid(SAMPLING, "Expected a JSON object in \"" + SAMPLING + "\", found none: " + e.getOriginalMessage());
        }
        throw Fields.invalid(SAMPLING, "Expected a JSON object in \"" + SAMPLING + "\", found something else.");
    }
}

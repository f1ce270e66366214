package dev.hone.serving.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.request.Fields;
import java.util.Map;

/**
 * Fields that would change what the answer is and that nothing here can heed: better refused than passed over. What is neither
 * here nor read changes nothing that a caller could miss, and is passed over.
 */
final class Unsupported {
    private static final String TOOLS = "Tools are not supported. Ask for JSON by response_format instead.";
    private static final Map<String, String> SENTENCES = Map.ofEntries(
            Map.entry("tools", TOOLS), Map.entry("functions", TOOLS), Map.entry("function_call", TOOLS),
            Map.entry("audio", "Audio is not supported: models here read and write text."),
            Map.entry("web_search_options", "Web search is not supported."),
            Map.entry("suffix", "Filling in before a suffix is not supported. Leave it out."),
            Map.entry("use_beam_search", "Beam search is not supported. Leave it out."),
            Map.entry("prompt_embeds", "Prompts of embeddings are not supported. Send text or token ids."),
            Map.entry("add_generation_prompt", "The model's own chat template decides how a prompt ends. Leave it out, or send the laid out text to /v1/completions."),
            Map.entry("continue_final_message", "Continuing a message is not supported. Send the laid out text to /v1/completions."),
            Map.entry("chat_template", "The model's own chat template is used. Leave it out, or send the laid out text to /v1/completions."),
            Map.entry("dimensions", "Vectors have the model's own size. Leave it out."));

    private Unsupported() {}

    static void refuse(Fields fields) throws Refusal {
        for (Map.Entry<String, String> one : SENTENCES.entrySet()) {
            if (says(fields.node(one.getKey()))) {
                throw Fields.invalid(one.getKey(), one.getValue());
            }
        }
        String choice = fields.node("tool_choice").isTextual() ? fields.node("tool_choice").textValue() : "auto";
        if (!choice.equals("auto") && !choice.equals("none") || fields.node("tool_choice").isObject()) {
            throw Fields.invalid("tool_choice", TOOLS);
        }
        for (JsonNode modality : fields.node("modalities")) {
            if (!modality.asText().equals("text")) {
                throw Fields.invalid("modalities", "Expected modalities of text, found " + modality + ": models here write text.");
            }
        }
    }

    /** Absent, null, false, empty and the default say nothing. */
    private static boolean says(JsonNode value) {
        boolean nothing = value.isMissingNode() || value.isNull() || value.isContainerNode() && value.isEmpty()
                || value.isBoolean() && !value.booleanValue() || value.isTextual() && (value.textValue().isEmpty() || value.textValue().equals("none"));
        return !nothing;
    }
}

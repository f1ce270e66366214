package dev.hone.llm.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Templates in the styles that well-known models ship, with what Python's jinja2 3.1 renders for them under
 * Transformers' settings (trim_blocks, lstrip_blocks): make_chat_templates.py.
 */
class ChatTemplateTest {
    @TestFactory
    Stream<DynamicTest> givenATemplateOfAKnownStyle_whenRendered_thenTheTextIsThatOfPython() throws IOException {
        JsonNode golden = new ObjectMapper().readTree(getClass().getResource("/chat-templates.json"));
        List<ChatMessage> messages = new ArrayList<>();
        golden.get("messages").forEach(m -> messages.add(new ChatMessage(m.get("role").asText(), m.get("content").asText())));
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode t : golden.get("templates")) {
            ChatTemplate template = new ChatTemplate(t.get("template").asText(), Map.of("bos_token", "<s>", "eos_token", "</s>"));
            tests.add(DynamicTest.dynamicTest(t.get("name").asText(), () -> assertEquals(t.get("rendered").asText(), template.render(messages, true))));
        }
        return tests.stream();
    }

    @Test
    void givenAMessageThatLooksLikeATemplate_whenRendered_thenItIsText() {
        ChatTemplate template = new ChatTemplate("{% for m in messages %}{{ m['content'] }}{% endfor %}", Map.of("eos_token", "secret"));
        assertEquals("{{ eos_token }}{# no #}", template.render(List.of(new ChatMessage("user", "{{ eos_token }}{# no #}")), false));
    }
}

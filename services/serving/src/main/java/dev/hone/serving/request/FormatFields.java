package dev.hone.serving.request;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.serving.answer.Format;
import dev.hone.serving.answer.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What an answer must be, by OpenAI's {@code response_format} and the names that vLLM has for it. */
public final class FormatFields {
    private static final String SPECIAL = "\\.[]{}()*+?^$|";

    private FormatFields() {}

    public static Format read(Fields fields) throws Refusal {
        List<Format> asked = new ArrayList<>();
        if (fields.object("response_format").isPresent()) {
            asked.add(responseFormat(fields.object("response_format").get()));
        }
        guided(fields, "guided_", asked);
        if (fields.object("structured_outputs").isPresent()) {
            guided(fields.object("structured_outputs").get(), "", asked);
        }
        asked.removeIf(Format.FREE::equals);
        if (asked.size() > 1) {
            throw Fields.invalid("response_format", "Expected one form for the answer, found " + asked.size() + ". Name it in response_format alone, or in one guided_ field.");
        }
        return asked.isEmpty() ? Format.FREE : asked.getFirst();
    }

    private static Format responseFormat(Fields format) throws Refusal {
        return switch (format.text("type").orElse("text")) {
            case "text" -> Format.FREE;
            case "json_object" -> new Format.Json();
            case "json_schema" -> schema(format);
            case String other -> throw Fields.invalid("response_format", "Expected a response_format of type text, json_object or json_schema, found \"" + other + "\".");
        };
    }

    private static Format schema(Fields format) throws Refusal {
        JsonNode schema = format.object("json_schema").map(inner -> inner.node("schema")).orElseThrow(
                () -> Fields.invalid("response_format", "Expected response_format.json_schema.schema, found no json_schema."));
        if (!schema.isObject() && !schema.isBoolean()) {
            throw Fields.invalid("response_format", "Expected a JSON schema in response_format.json_schema.schema, found " + schema.getNodeType() + ".");
        }
        return new Format.JsonSchema(schema.toString());
    }

    private static void guided(Fields fields, String prefix, List<Format> asked) throws Refusal {
        if (fields.has(prefix + "grammar")) {
            throw Fields.invalid(prefix + "grammar", "Grammars are not supported. A JSON schema or a regular expression is.");
        }
        if (fields.has(prefix + "json")) {
            JsonNode schema = fields.node(prefix + "json");
            asked.add(new Format.JsonSchema(schema.isTextual() ? schema.textValue() : schema.toString()));
        }
        if (fields.has(prefix + "regex")) {
            asked.add(new Format.Regex(fields.requiredText(prefix + "regex")));
        }
        if (fields.has(prefix + "choice")) {
            asked.add(new Format.Regex(fields.texts(prefix + "choice").stream().map(FormatFields::literal).collect(Collectors.joining("|", "(", ")"))));
        }
    }

    private static String literal(String text) {
        StringBuilder pattern = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (SPECIAL.indexOf(c) >= 0) {
                pattern.append('\\');
            }
            pattern.appendCodePoint(c);
        });
        return pattern.toString();
    }
}

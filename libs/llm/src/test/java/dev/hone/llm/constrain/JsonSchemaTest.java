package dev.hone.llm.constrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.hone.llm.text.ChatTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** networknt's validator says what is valid by each schema. */
class JsonSchemaTest {
    private static final ChatTokenizer NANO = ChatTokenizer.load(Path.of(System.getProperty("hone.root"), "models/hone-nano"));
    private static final SchemaRegistry VALIDATORS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @AfterAll
    static void close() {
        NANO.close();
    }

    /**
     * @param valid an expression that valid texts match, where the validator demands more than the format; empty elsewhere
     * @param taken texts that must be let through
     * @param refused texts that must not
     */
    record Example(String name, JsonNode schema, String valid, List<String> taken, List<String> refused) {}

    private static Stream<Example> examples() throws IOException {
        JsonNode all = MAPPER.readTree(JsonSchemaTest.class.getResource("/json-schemas.json"));
        return all.valueStream().map(e -> new Example(e.get("name").asText(), e.get("schema"), e.path("valid").asText(), texts(e.path("taken")), texts(e.path("refused"))));
    }

    private static List<String> texts(JsonNode texts) {
        return texts.valueStream().map(JsonNode::asText).toList();
    }

    @TestFactory
    Stream<DynamicTest> givenASchema_whenAllowedTokensAreDrawn_thenTheTextIsValid() throws IOException {
        Walks walks = new Walks(NANO, 5);
        return examples().map(example -> DynamicTest.dynamicTest(example.name, () -> {
            Constraint constraint = Constraints.jsonSchema(NANO, example.schema.toString());
            for (int i = 0; i < 40; i++) {
                assertValid(example, walks.text(constraint));
            }
        }));
    }

    @TestFactory
    Stream<DynamicTest> givenASchema_whenTextsAreTried_thenExactlyTheValidAreTaken() throws IOException {
        Walks walks = new Walks(NANO, 6);
        return examples().map(example -> DynamicTest.dynamicTest(example.name, () -> {
            Constraint constraint = Constraints.jsonSchema(NANO, example.schema.toString());
            Automaton automaton = new Automaton(JsonSchema.grammar(example.schema.toString()));
            for (String text : example.taken) {
                assertValid(example, text);
                assertTrue(walks.takes(constraint, text), text);
            }
            for (String text : example.refused) {
                assertFalse(automaton.accepts(text.getBytes(StandardCharsets.UTF_8)), text);
            }
        }));
    }

    private static void assertValid(Example example, String text) throws IOException {
        if (!example.valid.isEmpty()) {
            assertTrue(text.matches(example.valid), text);
            return;
        }
        Schema validator = VALIDATORS.getSchema(example.schema);
        JsonNode value = MAPPER.readTree(text);
        List<com.networknt.schema.Error> errors = validator.validate(value, context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
        assertEquals(List.of(), errors, text);
        assertFalse(text.contains("\n") || text.contains("  \""), text);
    }

    @Test
    void givenJsonMode_whenAllowedTokensAreDrawn_thenEachTextIsAnObject() throws IOException {
        Walks walks = new Walks(NANO, 8);
        Constraint json = Constraints.json(NANO);
        for (int i = 0; i < 60; i++) {
            assertTrue(MAPPER.readTree(walks.text(json)).isObject());
        }
        assertTrue(walks.takes(json, "{\"a\": [1, -2.5e3, {\"b\": null}, \"\\u00e9\\ud83d\\ude00\"], \"caf\u00e9 \uD83D\uDE00\":true}"));
        assertFalse(json.start().allowed().get(NANO.encode("[")[0]));
    }

    @Test
    void givenARecursiveSchema_whenNestedDeep_thenEveryBracketIsClosedByItsOwn() {
        Automaton automaton = new Automaton(JsonSchema.grammar("{\"anyOf\": [{\"type\": \"null\"}, {\"type\": \"array\", \"items\": {\"$ref\": \"#\"}, \"minItems\": 1, \"maxItems\": 2}]}"));
        int depth = Math.min(500, StreamReadConstraints.DEFAULT_MAX_DEPTH);
        String text = "[".repeat(depth) + "null" + "]".repeat(depth);
        assertTrue(automaton.accepts(text.getBytes(StandardCharsets.UTF_8)));
        assertFalse(automaton.accepts((text + "]").getBytes(StandardCharsets.UTF_8)));
        assertFalse(automaton.accepts(text.substring(1).getBytes(StandardCharsets.UTF_8)));
    }

    @TestFactory
    Stream<DynamicTest> givenWhatCannotBeHeld_whenRead_thenTheSentenceNamesItAndItsPlace() throws IOException {
        JsonNode all = MAPPER.readTree(JsonSchemaTest.class.getResource("/json-schemas-refused.json"));
        return all.valueStream().map(e -> DynamicTest.dynamicTest(e.get("says").asText(), () -> {
            String message = assertThrows(ConstraintException.class, () -> Constraints.jsonSchema(NANO, e.get("schema").isTextual() ? e.get("schema").asText() : e.get("schema").toString())).getMessage();
            assertTrue(message.contains(e.get("says").asText()), message);
            assertTrue(message.contains(e.path("at").asText("")), message);
        }));
    }

    @Test
    void givenBoundsOfManySizes_whenNumbersAreTried_thenExactlyThoseWithinAreTaken() {
        long[] bounds = {-1000, -101, -100, -99, -10, -1, 0, 1, 7, 9, 10, 99, 100, 101, 250, 999, 1000, 12345};
        for (long min : bounds) {
            for (long max : bounds) {
                if (min <= max) {
                    Automaton automaton = new Automaton(JsonSchema.grammar("{\"type\":\"integer\",\"minimum\":" + min + ",\"maximum\":" + max + "}"));
                    for (long n = -1100; n < 1100; n++) {
                        assertEquals(min <= n && n <= max, automaton.accepts(Long.toString(n).getBytes(StandardCharsets.UTF_8)), n + " in " + min + ".." + max);
                    }
                }
            }
        }
    }
}

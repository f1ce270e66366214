package dev.hone.serving.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.generate.Penalties;
import dev.hone.llm.generate.Sampling;
import dev.hone.serving.answer.Format;
import dev.hone.serving.answer.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RequestTest {
    private static final SamplingFields RULES = new SamplingFields(1, 16, 100);

    private static Fields fields(String json) {
        try {
            return new Fields((ObjectNode) new ObjectMapper().readTree(json.replace('\'', '"')));
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String fieldAtFault(org.junit.jupiter.api.function.Executable read) {
        Refusal refusal = assertThrows(Refusal.class, read);
        assertEquals(Refusal.Code.INVALID_ARGUMENT, refusal.code());
        return refusal.field();
    }

    @Test
    void givenNothing_whenSamplingIsRead_thenTheDefaultsHoldAndSeedsDiffer() throws Refusal {
        Sampling sampling = RULES.read(fields("{'temperature': null}"));

        assertEquals(new Sampling(1, 0, 1, 0, Penalties.NONE, Map.of(), sampling.seed(), 16, List.of()), sampling);
        assertNotEquals(sampling.seed(), RULES.read(fields("{}")).seed());
    }

    @Test
    void givenValuesAtTheirEdges_whenSamplingIsRead_thenTheyMeanWhatOthersMeanByThem() throws Refusal {
        Sampling sampling = RULES.read(fields("{'top_k': -1, 'top_p': 0, 'max_tokens': 5, 'max_completion_tokens': 200, 'stop': ['a', 'b']}"));

        assertEquals(0, sampling.topK());
        assertTrue(sampling.topP() > 0 && sampling.topP() < 1e-300);
        assertEquals(100, sampling.maxTokens());
        assertEquals(List.of("a", "b"), sampling.stop());
    }

    @Test
    void givenWrongValues_whenSamplingIsRead_thenTheFieldIsNamed() {
        assertEquals("temperature", fieldAtFault(() -> RULES.read(fields("{'temperature': 11}"))));
        assertEquals("top_p", fieldAtFault(() -> RULES.read(fields("{'top_p': '1'}"))));
        assertEquals("seed", fieldAtFault(() -> RULES.read(fields("{'seed': 1.5}"))));
        assertEquals("max_tokens", fieldAtFault(() -> RULES.read(fields("{'max_tokens': -1}"))));
        assertEquals("stop", fieldAtFault(() -> RULES.read(fields("{'stop': [1]}"))));
        assertEquals("logit_bias", fieldAtFault(() -> RULES.read(fields("{'logit_bias': {'yes': 1}}"))));
        assertEquals("logit_bias", fieldAtFault(() -> RULES.read(fields("{'logit_bias': {'7': 101}}"))));
    }

    @Test
    void givenFormatsByAllTheirNames_whenRead_thenEachIsOne() throws Refusal {
        assertEquals(Format.FREE, FormatFields.read(fields("{'response_format': {'type': 'text'}}")));
        assertEquals(new Format.Json(), FormatFields.read(fields("{'response_format': {'type': 'json_object'}}")));
        assertEquals(new Format.JsonSchema("{\"type\":\"string\"}"), FormatFields.read(fields("{'response_format': {'type': 'json_schema', 'json_schema': {'schema': {'type': 'string'}}}}")));
        assertEquals(new Format.JsonSchema("{\"type\":\"string\"}"), FormatFields.read(fields("{'guided_json': {'type': 'string'}}")));
        assertEquals(new Format.Regex("a+"), FormatFields.read(fields("{'guided_regex': 'a+'}")));
        assertEquals(new Format.Regex("a+"), FormatFields.read(fields("{'structured_outputs': {'regex': 'a+'}}")));
        assertEquals(new Format.Regex("(yes|no \\(never\\))"), FormatFields.read(fields("{'guided_choice': ['yes', 'no (never)']}")));
    }

    @Test
    void givenFormatsThatCannotBe_whenRead_thenTheFieldIsNamed() {
        assertEquals("response_format", fieldAtFault(() -> FormatFields.read(fields("{'response_format': {'type': 'xml'}}"))));
        assertEquals("response_format", fieldAtFault(() -> FormatFields.read(fields("{'response_format': {'type': 'json_schema'}}"))));
        assertEquals("response_format", fieldAtFault(() -> FormatFields.read(fields("{'response_format': {'type': 'json_object'}, 'guided_regex': 'a'}"))));
        assertEquals("guided_grammar", fieldAtFault(() -> FormatFields.read(fields("{'guided_grammar': 'root ::= a'}"))));
    }

    @Test
    void givenABatch_whenAsked_thenAFewAreUnderWayAtATimeAndResultsKeepTheirOrder() {
        List<CompletableFuture<Integer>> underWay = new ArrayList<>();
        CompletableFuture<List<Integer>> all = Batch.each(IntStream.range(0, 40).boxed().toList(), i -> {
            CompletableFuture<Integer> result = new CompletableFuture<>();
            underWay.add(result);
            return result;
        });
        assertEquals(Batch.AT_A_TIME, underWay.size());

        underWay.get(3).complete(3);
        assertEquals(Batch.AT_A_TIME + 1, underWay.size());
        for (int i = 0; i < 40; i++) {
            underWay.get(i).complete(i);
        }
        assertEquals(IntStream.range(0, 40).boxed().toList(), all.join());
    }

    @Test
    void givenABatch_whenOneFailsOrItIsCancelled_thenTheOthersAreCancelledAndNoneIsAskedAnew() {
        List<CompletableFuture<Integer>> underWay = new ArrayList<>();
        CompletableFuture<List<Integer>> all = Batch.each(IntStream.range(0, 40).boxed().toList(), i -> {
            CompletableFuture<Integer> result = new CompletableFuture<>();
            underWay.add(result);
            return result;
        });

        underWay.getFirst().completeExceptionally(new IllegalStateException("full"));

        assertEquals("full", assertThrows(CompletionException.class, all::join).getCause().getMessage());
        assertEquals(Batch.AT_A_TIME, underWay.size());
        assertTrue(underWay.subList(1, underWay.size()).stream().allMatch(CompletableFuture::isCancelled));
    }
}

package dev.hone.serving.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.generate.Penalties;
import dev.hone.llm.text.ChatMessage;
import dev.hone.serving.access.Access;
import dev.hone.serving.access.ApiKey;
import dev.hone.serving.access.Grant;
import dev.hone.serving.access.Guard;
import dev.hone.serving.answer.FakeAnswers;
import dev.hone.serving.answer.Format;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.testkit.Await;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OpenAiFaceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String CHAT = "/v1/chat/completions";
    private static final String COMPLETIONS = "/v1/completions";
    private final FakeAnswers answers = new FakeAnswers();
    private HttpFace face;

    @BeforeEach
    void start() {
        serve(Access.open());
    }

    private void serve(Access access) {
        face = new HttpFace(new Guard(answers, feedback -> "event of " + feedback.getAnswerId() + " " + feedback.getRating() + feedback.getTagsList(), access), access);
    }

    @AfterEach
    void stop() {
        face.close();
        answers.close();
    }

    private JsonNode ask(String path, String body) throws Exception {
        HttpResponse<String> response = face.post(path, body.replace('\'', '"'));
        assertEquals(200, response.statusCode(), response.body());
        return HttpFace.json(response.body());
    }

    @Test
    void givenAChat_whenAsked_thenTheCompletionHasOpenAisForm() throws Exception {
        JsonNode body = ask(CHAT, "{'model': 'm', 'messages': [{'role': 'user', 'content': 'a b c'}], 'max_tokens': 3}");

        assertEquals("a1", body.path("id").textValue());
        assertEquals("chat.completion", body.path("object").textValue());
        assertEquals("m", body.path("model").textValue());
        assertEquals("r1", body.path("system_fingerprint").textValue());
        assertTrue(body.path("created").longValue() > 1_700_000_000);
        assertEquals(HttpFace.json("{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"one two three\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"length\"}"),
                body.path("choices").get(0));
        assertEquals(HttpFace.json("{\"prompt_tokens\":3,\"completion_tokens\":3,\"total_tokens\":6}"), body.path("usage"));
    }

    @Test
    void givenAChat_whenStreamed_thenChunksHaveOpenAisFormAndEndWithDone() throws Exception {
        HttpResponse<String> response = face.post(CHAT, """
                {"model": "m", "messages": [{"role": "user", "content": "a"}], "max_completion_tokens": 2, "stream": true, "stream_options": {"include_usage": true}}""");

        assertEquals("text/event-stream; charset=utf-8", response.headers().firstValue("content-type").orElseThrow());
        List<String> events = HttpFace.events(response.body());
        assertEquals(6, events.size(), response.body());
        assertEquals("[DONE]", events.getLast());
        JsonNode first = HttpFace.json(events.get(0));
        assertEquals("chat.completion.chunk", first.path("object").textValue());
        assertEquals(HttpFace.json("{\"role\":\"assistant\",\"content\":\"\"}"), first.path("choices").get(0).path("delta"));
        assertTrue(first.has("usage") && first.path("usage").isNull());
        assertEquals(HttpFace.json("{\"index\":0,\"delta\":{\"content\":\" two\"},\"logprobs\":null,\"finish_reason\":null}"), HttpFace.json(events.get(2)).path("choices").get(0));
        assertEquals("length", HttpFace.json(events.get(3)).path("choices").get(0).path("finish_reason").textValue());
        JsonNode usage = HttpFace.json(events.get(4));
        assertEquals(0, usage.path("choices").size());
        assertEquals(3, usage.path("usage").path("total_tokens").intValue());
        for (String event : events.subList(0, 5)) {
            assertEquals("a1", HttpFace.json(event).path("id").textValue());
        }
    }

    @Test
    void givenAChatWithLogprobs_whenAsked_thenEachTokenHasBytesAndAlternatives() throws Exception {
        JsonNode logprobs = ask(CHAT, "{'model': 'm', 'messages': [{'role': 'user', 'content': 'a'}], 'max_tokens': 2, 'logprobs': true, 'top_logprobs': 1}")
                .path("choices").get(0).path("logprobs");

        assertEquals(HttpFace.json("""
                {"content": [
                  {"token": "one", "logprob": -0.125, "bytes": [111, 110, 101], "top_logprobs": [{"token": "other", "logprob": -0.0625, "bytes": [111, 116, 104, 101, 114]}]},
                  {"token": " two", "logprob": -0.25, "bytes": [32, 116, 119, 111], "top_logprobs": [{"token": " two", "logprob": -0.25, "bytes": [32, 116, 119, 111]}]}
                ], "refusal": null}"""), logprobs);
    }

    @Test
    void givenSeveralChoices_whenAsked_thenSeedsFollowOneAnotherAndThePromptCountsOnce() throws Exception {
        JsonNode body = ask(CHAT, "{'model': 'm', 'messages': [{'role': 'user', 'content': 'a b'}], 'n': 3, 'seed': 40, 'max_tokens': 1}");

        assertEquals(List.of(0, 1, 2), body.path("choices").findValues("index").stream().map(JsonNode::intValue).toList());
        assertEquals(List.of(40L, 41L, 42L), answers.asked.stream().map(question -> question.sampling().seed()).toList());
        assertEquals(3, Set.copyOf(body.path("choices").findValuesAsText("answer_id")).size());
        assertEquals(2, body.path("usage").path("prompt_tokens").intValue());
        assertEquals(3, body.path("usage").path("completion_tokens").intValue());
    }

    @Test
    void givenEveryField_whenAsked_thenTheQuestionHasThemAll() throws Exception {
        ask(CHAT, """
                {"model": "m", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]}],
                 "temperature": 0.5, "top_p": 0.75, "top_k": 40, "min_p": 0.25, "repetition_penalty": 1.5, "presence_penalty": -0.5, "frequency_penalty": 0.5,
                 "logit_bias": {"7": -100}, "seed": 9, "max_tokens": 5000, "stop": "END", "metadata": {"conversation_id": "c1"}, "user": "u1", "store": false,
                 "response_format": {"type": "json_schema", "json_schema": {"name": "x", "strict": true, "schema": {"type": "object"}}}, "tools": [], "tool_choice": "none"}""");

        Question question = answers.asked.remove();
        assertEquals(new Prompt.Chat(List.of(new ChatMessage("system", "Be brief."), new ChatMessage("user", "Hello"))), question.prompt());
        assertEquals(new dev.hone.llm.generate.Sampling(0.5, 40, 0.75, 0.25, new Penalties(1.5, -0.5, 0.5), Map.of(7, -100.0), 9, 1000, List.of("END")), question.sampling());
        assertEquals(new Format.JsonSchema("{\"type\":\"object\"}"), question.format());
        assertEquals(Optional.of("c1"), question.conversation());
    }

    @Test
    void givenOnlyAPrompt_whenAsked_thenOpenAisDefaultsHold() throws Exception {
        ask(CHAT, "{'model': 'm', 'messages': [{'role': 'user', 'content': 'a'}], 'user': 'u1'}");
        ask(COMPLETIONS, "{'model': 'm', 'prompt': 'a'}");

        Question chat = answers.asked.remove();
        assertEquals(1, chat.sampling().temperature());
        assertEquals(1000, chat.sampling().maxTokens());
        assertEquals(Optional.of("u1"), chat.conversation());
        assertEquals(-1, chat.logprobs());
        Question completion = answers.asked.remove();
        assertEquals(1, completion.sampling().temperature());
        assertEquals(16, completion.sampling().maxTokens());
        assertNotEquals(chat.sampling().seed(), completion.sampling().seed());
    }

    /** The request of lm-evaluation-harness' local-completions for a log-likelihood, and what it reads: token_logprobs and top_logprobs, the last entry cut off. */
    @Test
    void givenTheHarnesssRequest_whenAsked_thenTheListsAreThoseItReads() throws Exception {
        JsonNode body = ask(COMPLETIONS, "{'model': 'm', 'prompt': [[5, 6, 7], [8, 9]], 'temperature': 0, 'max_tokens': 1, 'logprobs': 1, 'seed': 1234, 'echo': true}");

        JsonNode choice = body.path("choices").get(0);
        assertEquals("t5 t6 t7one", choice.path("text").textValue());
        assertEquals(HttpFace.json("""
                {"tokens": ["t5", " t6", " t7", "one"], "token_logprobs": [null, -0.125, -0.25, -0.375],
                 "top_logprobs": [null, {"other": -0.0625, " t6": -0.125}, {" t7": -0.25}, {"other": -0.3125, "one": -0.375}], "text_offset": [0, 2, 5, 8]}"""),
                choice.path("logprobs"));
        assertEquals(1, body.path("choices").get(1).path("index").intValue());
        assertEquals("t8 t9one", body.path("choices").get(1).path("text").textValue());
        assertEquals(5, body.path("usage").path("prompt_tokens").intValue());
        assertEquals(new Prompt.Tokens(new int[] {5, 6, 7}).ids().length, ((Prompt.Tokens) answers.asked.remove().prompt()).ids().length);
    }

    @Test
    void givenEchoAndNoTokens_whenAsked_thenThePromptAloneComesBackWithItsLogprobs() throws Exception {
        JsonNode choice = ask(COMPLETIONS, "{'model': 'm', 'prompt': 'a b', 'max_tokens': 0, 'echo': true, 'logprobs': 0}").path("choices").get(0);

        assertEquals("a b", choice.path("text").textValue());
        assertEquals(HttpFace.json("{\"tokens\": [\"a\", \" b\"], \"token_logprobs\": [null, -0.125], \"top_logprobs\": null, \"text_offset\": [0, 1]}"), choice.path("logprobs"));
    }

    @Test
    void givenCompletionsStreamed_whenSeveralPromptsAreSent_thenEachHasItsIndexAndEchoComesFirst() throws Exception {
        List<String> events = HttpFace.events(face.post(COMPLETIONS, "{\"model\": \"m\", \"prompt\": [\"x\", \"y z\"], \"max_tokens\": 2, \"echo\": true, \"stream\": true}").body());

        StringBuilder[] texts = {new StringBuilder(), new StringBuilder()};
        for (String event : events.subList(0, events.size() - 1)) {
            JsonNode choice = HttpFace.json(event).path("choices").get(0);
            assertEquals("text_completion", HttpFace.json(event).path("object").textValue());
            texts[choice.path("index").intValue()].append(choice.path("text").textValue());
        }
        assertEquals("xone two", texts[0].toString());
        assertEquals("y zone two", texts[1].toString());
        assertEquals("[DONE]", events.getLast());
    }

    @Test
    void givenTexts_whenEmbedded_thenVectorsComeAsNumbersAndAsBase64() throws Exception {
        JsonNode body = ask("/v1/embeddings", "{'model': 'm', 'input': ['a', 'a b'], 'encoding_format': 'float'}");
        assertEquals("list", body.path("object").textValue());
        assertEquals(HttpFace.json("{\"object\":\"embedding\",\"index\":1,\"embedding\":[0.6,0.8]}").toString(), body.path("data").get(1).toString());
        assertEquals(3, body.path("usage").path("prompt_tokens").intValue());

        String base64 = ask("/v1/embeddings", "{'model': 'm', 'input': 'a b', 'encoding_format': 'base64'}").path("data").get(0).path("embedding").textValue();
        ByteBuffer floats = ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(0.6f, floats.getFloat());
        assertEquals(0.8f, floats.getFloat());
    }

    @Test
    void givenModels_whenListedOrNamed_thenTheyHaveOpenAisForm() throws Exception {
        JsonNode list = HttpFace.json(face.get("/v1/models").body());
        assertEquals("list", list.path("object").textValue());
        assertEquals(List.of("m", "endless"), list.path("data").findValuesAsText("id"));
        JsonNode one = HttpFace.json(face.get("/v1/models/m").body());
        assertEquals("model", one.path("object").textValue());
        assertEquals(64, one.path("max_model_len").intValue());
        HttpResponse<String> none = face.get("/v1/models/some/thing");
        assertEquals(404, none.statusCode());
        assertEquals("model_not_found", HttpFace.json(none.body()).path("error").path("code").textValue());
        assertTrue(none.body().contains("some/thing"), none.body());
    }

    @Test
    void givenAnAnswersId_whenFeedbackIsPosted_thenTheEventsIdComesBack() throws Exception {
        assertEquals("event of a1 4[\"fast\"]".replace("\"", ""), ask("/v1/feedback", "{'model': 'm', 'id': 'a1', 'rating': 4, 'tags': ['fast']}").path("event_id").textValue());
        assertEquals(400, face.post("/v1/feedback", "{\"model\": \"m\", \"answer_id\": \"a1\", \"rating\": 9}").statusCode());
    }

    @Test
    void givenWhatCannotBeAnswered_whenAsked_thenTheErrorHasOpenAisFormAndItsStatus() throws Exception {
        String ok = "\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"a\"}]";
        assertError(404, "model", "model_not_found", face.post(CHAT, "{" + ok.replace("\"m\"", "\"nobody\"") + "}"));
        assertError(404, "model", "model_not_found", face.post(CHAT, "{" + ok.replace("\"m\"", "\"nobody\"") + ", \"stream\": true}"));
        assertError(400, "temperature", null, face.post(CHAT, "{" + ok + ", \"temperature\": -1}"));
        assertError(400, "tools", null, face.post(CHAT, "{" + ok + ", \"tools\": [{\"type\": \"function\"}]}"));
        assertError(400, "messages", null, face.post(CHAT, "{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]}"));
        assertError(400, "messages", null, face.post(CHAT, "{\"model\": \"m\"}"));
        assertError(400, "model", null, face.post(CHAT, "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}"));
        assertError(400, "max_tokens", null, face.post(COMPLETIONS, "{\"model\": \"m\", \"prompt\": \"a\", \"max_tokens\": \"many\"}"));
        assertError(400, null, null, face.post(CHAT, "{" + ok + ", "));
        assertError(404, "path", "not_found", face.post("/v1/images/generations", "{}"));
    }

    private static void assertError(int status, String param, String code, HttpResponse<String> response) throws Exception {
        assertEquals(status, response.statusCode(), response.body());
        JsonNode error = HttpFace.json(response.body()).path("error");
        assertEquals("invalid_request_error", error.path("type").textValue(), response.body());
        assertEquals(param, error.path("param").textValue(), response.body());
        assertEquals(code, error.path("code").textValue(), response.body());
        assertTrue(error.path("message").textValue().endsWith(".") || status == 400, response.body());
    }

    @Test
    void givenKeysAndLimits_whenAsked_thenStatusesAndRetryAfterAreOpenAis() throws Exception {
        face.close();
        serve(new Access(List.of(ApiKey.ofSecret("ali", "open-sesame", new Grant(Set.of("m"), OptionalInt.of(1), OptionalLong.empty(), OptionalInt.empty()))), Optional.empty()));
        String body = "{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"max_tokens\": 1}";

        HttpResponse<String> unknown = face.post(CHAT, body);
        assertEquals(401, unknown.statusCode());
        assertEquals("invalid_api_key", HttpFace.json(unknown.body()).path("error").path("code").textValue());
        assertEquals(401, face.get("/v1/models").statusCode());
        assertEquals(403, face.post(CHAT, body.replace("\"m\"", "\"endless\""), "authorization", "Bearer open-sesame").statusCode());
        assertEquals(200, face.post(CHAT, body, "authorization", "Bearer open-sesame").statusCode());
        HttpResponse<String> limited = face.post(CHAT, body, "x-api-key", "open-sesame");
        assertEquals(429, limited.statusCode());
        assertEquals("rate_limit_exceeded", HttpFace.json(limited.body()).path("error").path("code").textValue());
        long seconds = Long.parseLong(limited.headers().firstValue("retry-after").orElseThrow());
        assertTrue(seconds > 0 && seconds <= 60, "retry after " + seconds + " s");
        assertFalse(limited.body().contains("sesame"));
    }

    @Test
    void givenAnEndlessStream_whenTheClientGoesAway_thenItIsNoLongerMade() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(face.uri(CHAT)).POST(HttpRequest.BodyPublishers.ofString(
                "{\"model\": \"endless\", \"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"stream\": true}")).build();
        try (InputStream body = face.client.send(request, HttpResponse.BodyHandlers.ofInputStream()).body()) {
            assertTrue(new String(body.readNBytes(100), java.nio.charset.StandardCharsets.UTF_8).startsWith("data: "));
        }

        Await.until("the answer's end", PATIENCE, () -> answers.cancelled.get() == 1);
    }

    @Test
    void givenAStreamNobodyReads_whenTooMuchWaits_thenItIsStopped() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(face.uri(CHAT)).POST(HttpRequest.BodyPublishers.ofString(
                "{\"model\": \"endless\", \"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"stream\": true}")).build();
        HttpResponse<InputStream> unread = face.client.send(request, HttpResponse.BodyHandlers.ofInputStream());

        Await.until("the answer's end", PATIENCE, () -> answers.cancelled.get() == 1);
        unread.body().close();
    }
}

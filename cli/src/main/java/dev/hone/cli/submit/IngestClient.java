package dev.hone.cli.submit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.cli.console.Failure;
import dev.hone.events.EventJson;
import dev.hone.v1.Recipe;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Ingest's HTTP interface. */
public final class IngestClient {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String url;

    /** @param url base URL of ingest */
    public IngestClient(String url) {
        this.url = url;
    }

    /**
     * What to send.
     *
     * @param name    the model's name once it is deployed
     * @param base    base model, or empty for ingest's default
     * @param mapping from what a column means to its name; may be empty
     */
    public record Submission(Path file, String name, String base, Map<String, String> mapping, Recipe recipe) {
        public Submission {
            mapping = new LinkedHashMap<>(mapping);
        }
    }

    /** @throws Failure when the file cannot be read, ingest cannot be reached, or nothing of the file can be used */
    public Receipt send(Submission submission) throws InterruptedException {
        if (!Files.isRegularFile(submission.file())) {
            throw new Failure("Expected a dataset in " + submission.file() + ", found no such file.");
        }
        HttpClient http = HttpClient.newHttpClient();
        try {
            return receipt(http.send(request(submission), HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new Failure("The dataset could not be sent to ingest at " + url + ": " + e, e);
        } finally {
            // close() would wait seconds for the client's own thread to look up.
            http.shutdownNow();
        }
    }

    private HttpRequest request(Submission submission) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "/v1/datasets?" + query(submission)))
                .header("Content-Type", "application/octet-stream").POST(HttpRequest.BodyPublishers.ofFile(submission.file()));
        if (!submission.recipe().equals(Recipe.getDefaultInstance())) {
            request.header("X-Hone-Recipe", EventJson.print(submission.recipe()));
        }
        return request.build();
    }

    private static String query(Submission submission) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("name", submission.name());
        parameters.put("base", submission.base());
        parameters.put("file", submission.file().getFileName().toString());
        parameters.put("map", submission.mapping().entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining(",")));
        return parameters.entrySet().stream().filter(e -> !e.getValue().isEmpty())
                .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8)).collect(Collectors.joining("&"));
    }

    private static Receipt receipt(HttpResponse<String> response) throws IOException {
        JsonNode body = json(response.body());
        if (response.statusCode() / 100 != 2) {
            throw new Failure(refusal(response.statusCode(), response.body(), body));
        }
        return Receipt.of(body);
    }

    private static String refusal(int status, String text, JsonNode body) {
        String message = body.path("message").asText(body.path("error").asText(""));
        if (message.isEmpty()) {
            return "Ingest answered " + status + ": " + text.strip();
        }
        return Receipt.problems(body).stream().map(problem -> "\n  " + problem).collect(Collectors.joining("", message, ""));
    }

    private static JsonNode json(String text) throws IOException {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return JSON.createObjectNode();
        }
    }
}

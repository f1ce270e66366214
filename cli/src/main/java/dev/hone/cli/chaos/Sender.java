package dev.hone.cli.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.cli.chaos.check.Submitted;
import dev.hone.events.EventJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A client of ingest that does not give up: it sends a file again until it was taken or refused. */
final class Sender {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration ONE_ANSWER = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final String url;
    private final List<Submitted> sent = new ArrayList<>();

    /** @param url base URL of ingest */
    Sender(String url) {
        this.url = url;
    }

    /** What was answered for until now. */
    synchronized List<Submitted> sent() {
        return List.copyOf(sent);
    }

    /** Returns when ingest has answered for the file. */
    void send(Workload.Item item) throws InterruptedException {
        for (Optional<Submitted> answer = attempt(item); ; answer = attempt(item)) {
            if (answer.isPresent()) {
                keep(answer.get());
                return;
            }
            Thread.sleep(PAUSE);
        }
    }

    private synchronized void keep(Submitted submitted) {
        sent.add(submitted);
    }

    private Optional<Submitted> attempt(Workload.Item item) throws InterruptedException {
        HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/v1/datasets?name=" + item.model() + "&base=" + Workload.base() + "&file=" + item.file().getFileName()))
                    .header("Content-Type", "application/octet-stream").header("X-Hone-Recipe", EventJson.print(item.recipe())).timeout(ONE_ANSWER)
                    .POST(HttpRequest.BodyPublishers.ofFile(item.file())).build();
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            return response.statusCode() >= 500 ? Optional.empty() : Optional.of(submitted(item, JSON.readTree(response.body())));
        } catch (IOException e) {
            return Optional.empty();
        } finally {
            http.shutdownNow();
        }
    }

    private static Submitted submitted(Workload.Item item, JsonNode body) {
        String dataset = body.path("dataset_id").asText(body.path("report").path("dataset_id").asText(""));
        return new Submitted(item.model(), dataset, body.path("event_id").asText(""));
    }
}

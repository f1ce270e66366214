package dev.hone.serving.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.serving.access.Access;
import dev.hone.serving.access.Credentials;
import dev.hone.serving.access.Guard;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The face behind a real HTTP server, and a client of few words. */
final class HttpFace implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;
    final HttpClient client = HttpClient.newHttpClient();

    HttpFace(Guard guard, Access access) {
        Router router = Router.router(vertx);
        new OpenAiFace(guard, http -> access.caller(Credentials.of(http.request().getHeader("authorization"), http.request().getHeader("x-api-key")),
                () -> CompletableFuture.failedFuture(new SecurityException("no tokens here"))), 1000).mount(router);
        server = vertx.createHttpServer().requestHandler(router).listen(0).toCompletionStage().toCompletableFuture().join();
    }

    int port() {
        return server.actualPort();
    }

    URI uri(String path) {
        return URI.create("http://localhost:" + port() + path);
    }

    HttpResponse<String> post(String path, String body, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body)).header("content-type", "application/json");
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    static JsonNode json(String text) throws IOException {
        return JSON.readTree(text);
    }

    /** The data of server-sent events. */
    static List<String> events(String body) {
        return body.lines().filter(line -> !line.isEmpty()).map(line -> {
            if (!line.startsWith("data: ")) {
                throw new AssertionError("Expected events of data alone, found " + line);
            }
            return line.substring("data: ".length());
        }).toList();
    }

    @Override
    public void close() {
        client.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}

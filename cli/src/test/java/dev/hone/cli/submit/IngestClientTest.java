package dev.hone.cli.submit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.hone.cli.console.Failure;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainingRecipe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server that answers as ingest does. */
class IngestClientTest {
    @TempDir Path folder;
    private HttpServer server;
    private volatile String query;
    private volatile String recipe;
    private volatile String body;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void givenAMappingAndARecipe_whenSent_thenIngestGetsThemBesideTheFilesOwnBytes() throws Exception {
        answer(200, "{\"dataset_id\":\"d1\",\"event_id\":\"e1\",\"model_name\":\"m\",\"report\":{\"rows\":{\"read\":3,\"train\":1,\"validation\":0,\"test\":1,\"rejected\":1,\"duplicates\":0}},"
                + "\"problems\":[{\"file\":\"a b.csv\",\"line\":2,\"column\":1,\"code\":\"empty_completion\",\"message\":\"Expected an answer.\",\"severity\":\"error\"},"
                + "{\"file\":\"a b.csv\",\"line\":3,\"column\":1,\"code\":\"blank_line\",\"message\":\"Blank.\",\"severity\":\"warning\"}],\"problems_key\":\"datasets/d1/rejected.jsonl\"}");
        Map<String, String> mapping = new LinkedHashMap<>();
        mapping.put("prompt", "the text");
        mapping.put("completion", "label");
        Receipt receipt = client().send(new IngestClient.Submission(file("a b.csv", "x,y\n"), "m", "hone-nano", mapping,
                Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().setLoraR(4)).build()));

        assertEquals("name=m&base=hone-nano&file=a+b.csv&map=prompt%3Dthe+text%2Ccompletion%3Dlabel", query);
        assertEquals("{\"training\":{\"lora_r\":4}}", recipe);
        assertEquals("x,y\n", body);
        assertEquals("e1", receipt.causeOfRun());
        assertEquals("  a b.csv:2  empty_completion  Expected an answer.", receipt.lines().get(1));
        assertEquals(3, receipt.lines().size(), "a warning is no row set aside: " + receipt.lines());
    }

    @Test
    void givenAFileThatIngestRefuses_whenSent_thenItsSentenceAndItsProblemsAreTheFailure() throws Exception {
        answer(422, "{\"code\":\"empty_dataset\",\"message\":\"Expected at least one usable row.\",\"problems\":[{\"file\":\"f\",\"line\":1,\"code\":\"data_type\",\"message\":\"No.\"}]}");
        Failure failure = assertThrows(Failure.class, () -> client().send(submission(file("f", ""))));
        assertEquals("Expected at least one usable row.\n  f:1  data_type  No.", failure.getMessage());
    }

    @Test
    void givenNoSuchFile_whenSent_thenIngestIsNotAsked() {
        assertTrue(assertThrows(Failure.class, () -> client().send(submission(folder.resolve("none")))).getMessage().endsWith("found no such file."));
    }

    @Test
    void givenIngestThatIsAway_whenSent_thenTheSentenceNamesItsAddress() throws Exception {
        Path file = file("f", "x");
        IngestClient client = client();
        server.stop(0);
        assertTrue(assertThrows(Failure.class, () -> client.send(submission(file))).getMessage().contains("http://127.0.0.1:"));
    }

    private void answer(int status, String json) {
        server.createContext("/v1/datasets", exchange -> {
            query = exchange.getRequestURI().getRawQuery();
            recipe = exchange.getRequestHeaders().getFirst("X-Hone-Recipe");
            body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    private IngestClient client() {
        return new IngestClient("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private static IngestClient.Submission submission(Path file) {
        return new IngestClient.Submission(file, "m", "", Map.of(), Recipe.getDefaultInstance());
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }
}

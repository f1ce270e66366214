package dev.hone.cli.home;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.console.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EndpointsTest {
    @TempDir Path folder;

    @Test
    void givenARunningStack_whenAnotherCommandLooks_thenItFindsEveryAddress() throws IOException {
        Endpoints written = endpoints(ProcessMark.of(ProcessHandle.current()));
        written.write(home());
        assertEquals(Optional.of(written), Endpoints.find(home()));
        assertEquals("http://127.0.0.1:8081", Endpoints.require(home()).url("ingest"));
    }

    @Test
    void givenAStackThatWasKilled_whenAnotherCommandLooks_thenItsFileDoesNotCount() throws IOException {
        // The same process id, started at another time: what a process that got the id later looks like.
        endpoints(new ProcessMark(ProcessHandle.current().pid(), 1000)).write(home());
        assertEquals(Optional.empty(), Endpoints.find(home()));
        assertTrue(assertThrows(Failure.class, () -> Endpoints.require(home())).getMessage().contains("./hone up"));
    }

    @Test
    void givenAFileThatIsNoneOfOurs_whenRead_thenTheSentenceSaysWhatToDo() throws IOException {
        Files.writeString(home().endpointsFile(), "{");
        assertTrue(assertThrows(Failure.class, () -> Endpoints.find(home())).getMessage().contains("Delete the file"));
    }

    @Test
    void givenACluster_whenItsEndpointsAreAskedFor_thenBrokerAndStoreAreAsItsServicesHaveThem() {
        Endpoints cluster = HomeOption.onCluster("http://ingest:8081,http://localhost:18085", Map.of("KAFKA_BOOTSTRAP_SERVERS", "kafka:9093", "KAFKA_SECURITY_PROTOCOL", "SASL_SSL",
                "HONE_STORE_ENDPOINT", "https://s3.example.com", "HONE_STORE_BUCKET", "models", "HONE_STORE_REGION", "eu-central-1", "HONE_STORE_CA_FILE", "/etc/ca.crt"));
        assertEquals("http://ingest:8081", cluster.url("ingest"));
        assertEquals("localhost", cluster.host("serving"));
        assertEquals(18085, cluster.port("serving"));
        assertEquals(Map.of("bootstrap.servers", "kafka:9093", "security.protocol", "SASL_SSL"), cluster.broker().properties());
        assertEquals("eu-central-1", cluster.store().config().region());
        assertEquals("models", cluster.store().config().bucket());
        assertEquals(Optional.of(Path.of("/etc/ca.crt")), cluster.store().config().caFile());
    }

    @Test
    void givenAClusterWithoutPorts_whenItsEndpointsAreAskedFor_thenTheSentenceShowsWhatIsMeant() {
        assertTrue(assertThrows(Failure.class, () -> HomeOption.onCluster("http://ingest,http://serving:8085", Map.of())).getMessage().contains("http://ingest:8081"));
        assertTrue(assertThrows(Failure.class, () -> HomeOption.onCluster("http://ingest:8081", Map.of())).getMessage().contains("two URLs"));
    }

    @Test
    void givenAListOfTrustedKeysThatIsNotThere_whenAClusterIsMeant_thenTheSentenceNamesItAndTheVariable() {
        String missing = folder.resolve("trusted").toString();
        Failure failure = assertThrows(Failure.class, () -> HomeOption.onCluster("http://ingest:8081,http://serving:8085", Map.of("HONE_SIGNING_TRUSTED_FILE", missing)));
        assertTrue(failure.getMessage().contains(missing) && failure.getMessage().contains("HONE_SIGNING_TRUSTED_FILE"), failure.getMessage());
    }

    private static Endpoints endpoints(ProcessMark up) {
        return new Endpoints(up, "127.0.0.1:9092", new Endpoints.Store("http://127.0.0.1:9000", "hone", "secret", "hone"), Map.of("ingest", 8081));
    }

    private Home home() {
        return new Home(folder, folder);
    }
}

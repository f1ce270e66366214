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

    private static Endpoints endpoints(ProcessMark up) {
        return new Endpoints(up, "127.0.0.1:9092", new Endpoints.Store("http://127.0.0.1:9000", "hone", "secret", "hone"), Map.of("ingest", 8081));
    }

    private Home home() {
        return new Home(folder, folder);
    }
}

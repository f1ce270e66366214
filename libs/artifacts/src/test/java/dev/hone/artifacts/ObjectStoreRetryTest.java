package dev.hone.artifacts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A server that hangs up a number of times before it answers. */
class ObjectStoreRetryTest {
    private static final String STORED = "HTTP/1.1 200 OK\r\nETag: \"an-etag\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    private static final String REFUSED = "HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nContent-Length: 67\r\nConnection: close\r\n\r\n"
            + "<Error><Code>QuotaExceeded</Code><Message>it is full</Message></Error>".substring(0, 67);

    private final AtomicInteger requests = new AtomicInteger();
    private ServerSocket server;

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void givenServerThatHangsUpOnce_whenWritten_thenItIsAskedAgain() throws Exception {
        store(1, STORED).put("a/key", new byte[] {1, 2, 3});

        assertTrue(requests.get() >= 2, requests + " requests");
    }

    @Test
    void givenServerThatAlwaysHangsUp_whenWritten_thenItEndsWithAnErrorThatNamesTheObject() throws Exception {
        IOException e = assertThrows(IOException.class, () -> store(1_000, STORED).put("a/key", new byte[] {1}));

        assertTrue(e.getMessage().contains("a/key"), e.getMessage());
    }

    @Test
    void givenServerThatRefuses_whenWritten_thenItIsAskedOnce() throws Exception {
        assertThrows(IOException.class, () -> store(0, REFUSED).put("a/key", new byte[] {1}));

        assertEquals(1, requests.get());
    }

    private ObjectStore store(int hangUps, String answer) throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> serve(hangUps, answer));
        return new ObjectStore(new StoreConfig("http://127.0.0.1:" + server.getLocalPort(), "key", "secret", "bucket"));
    }

    private void serve(int hangUps, String answer) {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                read(client.getInputStream());
                if (requests.incrementAndGet() > hangUps) {
                    client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                    client.getOutputStream().flush();
                }
            } catch (IOException e) {
                // closed by the test, or by a client that gave up
            }
        }
    }

    /** The head and what follows it at once: requests here are small. */
    private static void read(InputStream in) throws IOException {
        byte[] buffer = new byte[8192];
        int length = 0;
        while (!new String(buffer, 0, length, StandardCharsets.ISO_8859_1).contains("\r\n\r\n")) {
            int more = in.read(buffer, length, buffer.length - length);
            if (more < 0) {
                return;
            }
            length += more;
        }
        in.readNBytes(Math.min(in.available(), 4096));
    }
}

package dev.hone.cli.chaos.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Before a server that says back what it hears. */
@Timeout(30)
class TcpProxyTest {
    private ServerSocket echo;
    private TcpProxy proxy;

    @BeforeEach
    void start() throws IOException {
        echo = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(() -> {
            while (!echo.isClosed()) {
                try {
                    Socket socket = echo.accept();
                    Thread.ofVirtual().start(() -> answer(socket));
                } catch (IOException e) {
                    return;
                }
            }
        });
        proxy = TcpProxy.before(echo.getLocalPort());
    }

    private static void answer(Socket socket) {
        try (socket) {
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException e) {
            // the client is gone
        }
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        echo.close();
    }

    private Socket client() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static String said(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        return new String(socket.getInputStream().readNBytes(text.length()), StandardCharsets.US_ASCII);
    }

    /** A reset is as good an end as any. */
    private static boolean isAtItsEnd(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void givenClearWeather_whenAClientSpeaks_thenTheServerAnswers() throws IOException {
        try (Socket client = client()) {
            assertEquals("hello", said(client, "hello"));
        }
    }

    @Test
    void givenConnectionsThatAreCut_whenTheWeatherClears_thenOldOnesAreGoneAndNewOnesWork() throws IOException {
        try (Socket old = client()) {
            assertEquals("a", said(old, "a"));
            proxy.turn(Weather.CUT);
            assertTrue(isAtItsEnd(old), "an open connection outlived the cut");
        }
        proxy.turn(Weather.CLEAR);
        try (Socket client = client()) {
            assertEquals("c", said(client, "c"));
        }
    }

    @Test
    void givenAStall_whenAClientSpeaks_thenItHearsNothingUntilTheWeatherClears() throws IOException {
        try (Socket client = client()) {
            assertEquals("a", said(client, "a"));
            proxy.turn(Weather.STALL);
            client.setSoTimeout(300);
            assertThrows(SocketTimeoutException.class, () -> said(client, "b"));
            proxy.turn(Weather.CLEAR);
            client.setSoTimeout(10_000);
            assertEquals("b", new String(client.getInputStream().readNBytes(1), StandardCharsets.US_ASCII));
        }
    }

    @Test
    void givenAFullStore_whenAClientWrites_thenItIsRefusedAsS3DoesAndReadsPass() throws IOException {
        proxy.turn(Weather.FULL);
        try (Socket reading = client()) {
            assertEquals("GET /hone/key", said(reading, "GET /hone/key"));
        }
        try (Socket writing = client()) {
            writing.getOutputStream().write("PUT /hone/key HTTP/1.1\r\n\r\nbytes".getBytes(StandardCharsets.US_ASCII));
            writing.shutdownOutput();
            String answer = new String(writing.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(answer.startsWith("HTTP/1.1 403") && answer.contains("<Code>QuotaExceeded</Code>"), answer);
        }
    }

    @Test
    void givenAPortWhereNobodyListens_whenAClientConnects_thenItsConnectionEnds() throws IOException {
        int nobody;
        try (ServerSocket reserved = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = reserved.getLocalPort();
        }
        try (TcpProxy before = TcpProxy.before(nobody); Socket client = new Socket(InetAddress.getLoopbackAddress(), before.port())) {
            client.setSoTimeout(10_000);
            assertTrue(isAtItsEnd(client), "the client was left waiting");
        }
    }
}

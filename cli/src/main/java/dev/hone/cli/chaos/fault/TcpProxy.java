package dev.hone.cli.chaos.fault;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between clients and a server of this machine, and treats their connections as the {@link Weather} is. */
public final class TcpProxy implements AutoCloseable {
    private static final int LATE_MILLIS = 150;
    private static final int LOOK_MILLIS = 50;
    private static final int LAST_BYTES_MILLIS = 500;
    private static final int CONNECT_MILLIS = 2000;
    private static final String FULL = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>QuotaExceeded</Code><Message>The bucket's quota is exceeded.</Message></Error>";

    private final ServerSocket server;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile Weather weather = Weather.CLEAR;
    private volatile boolean closed;

    private TcpProxy(ServerSocket server, int target) {
        this.server = server;
        this.target = target;
    }

    /** @param target port on the loopback interface; nobody needs to listen there yet */
    public static TcpProxy before(int target) throws IOException {
        TcpProxy proxy = new TcpProxy(new ServerSocket(0, 200, InetAddress.getLoopbackAddress()), target);
        Thread.ofPlatform().daemon().name("proxy-" + target).start(proxy::accept);
        return proxy;
    }

    /** Where clients connect. */
    public int port() {
        return server.getLocalPort();
    }

    public void turn(Weather next) {
        weather = next;
        if (next == Weather.CUT) {
            open.forEach(TcpProxy::reset);
        }
    }

    private void accept() {
        while (!closed) {
            try {
                Socket client = server.accept();
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException e) {
                // closed, or out of descriptors for a moment
            }
        }
    }

    private void serve(Socket client) {
        Socket upstream = new Socket();
        try {
            open.add(client);
            open.add(upstream);
            if (weather == Weather.CUT) {
                throw new IOException("cut");
            }
            upstream.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), CONNECT_MILLIS);
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
            Thread back = Thread.ofVirtual().start(() -> pump(upstream, client, false));
            pump(client, upstream, true);
            back.join();
        } catch (IOException e) {
            reset(client);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end(client);
            end(upstream);
        }
    }

    private void pump(Socket from, Socket to, boolean requests) {
        byte[] buffer = new byte[1 << 16];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                endure();
                if (requests && weather == Weather.FULL && writes(buffer, n)) {
                    refuse(from);
                    break;
                }
                out.write(buffer, 0, n);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            // What happened to one side happens to the other: the client must not wait for a server that died.
            reset(from);
            reset(to);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void endure() throws InterruptedException {
        while (weather == Weather.STALL && !closed) {
            Thread.sleep(LOOK_MILLIS);
        }
        if (weather == Weather.DELAY) {
            Thread.sleep(LATE_MILLIS);
        }
    }

    /** The head of a request comes in a packet of its own or begins one; the middle of an upload does not look like one. */
    static boolean writes(byte[] bytes, int length) {
        String head = new String(bytes, 0, Math.min(length, 5), StandardCharsets.ISO_8859_1);
        return head.startsWith("PUT /") || head.startsWith("POST ");
    }

    private static void refuse(Socket client) throws IOException {
        byte[] body = FULL.getBytes(StandardCharsets.UTF_8);
        client.getOutputStream().write(("HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: " + body.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        client.getOutputStream().write(body);
        client.shutdownOutput();
        // What is on its way is taken: bytes nobody reads would turn the answer into a reset.
        client.setSoTimeout(LAST_BYTES_MILLIS);
        try {
            client.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // the client has said enough
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // closed already
        }
    }

    private void end(Socket socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            // closed already
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        server.close();
        open.forEach(TcpProxy::reset);
    }
}

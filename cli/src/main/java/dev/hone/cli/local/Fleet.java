package dev.hone.cli.local;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.Home;
import dev.hone.events.TopicAdmin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Kafka, the store, and several replicas of serving, any of which may be killed and started again. */
public final class Fleet implements AutoCloseable {
    private static final String HEAP = "768m";

    private final Home home;
    private final Consumer<String> say;
    private final HomeLock lock;
    private final StackLayout layout;
    private final List<Server> servers = new ArrayList<>();
    private final List<ServerSpec> specs = new ArrayList<>();
    private final List<Server> replicas = new ArrayList<>();

    private Fleet(Home home, StackLayout layout, Consumer<String> say, HomeLock lock) {
        this.home = home;
        this.layout = layout;
        this.say = say;
        this.lock = lock;
    }

    /** Kafka and the store, ready, with topics and bucket; replicas come by {@link #grow}. @param settings environment of each replica */
    public static Fleet start(Home home, int replicas, Map<String, String> settings, Consumer<String> say) throws IOException, InterruptedException {
        HomeLock lock = HomeLock.take(home);
        Fleet fleet = new Fleet(home, new StackLayout(home, ports(replicas), settings), say, lock);
        Runtime.getRuntime().addShutdownHook(new Thread(fleet::close, "stop"));
        try {
            fleet.startServers();
            for (int i = 0; i < replicas; i++) {
                fleet.specs.add(fleet.layout.replica("serving", name(i), HEAP));
            }
            return fleet;
        } catch (IOException | InterruptedException | RuntimeException e) {
            fleet.close();
            throw e;
        }
    }

    private static String name(int replica) {
        return "serving-" + (replica + 1);
    }

    private static Map<String, Integer> ports(int replicas) throws IOException {
        List<String> names = new ArrayList<>(List.of("kafka", "s3"));
        for (int i = 0; i < replicas; i++) {
            names.add(name(i));
        }
        Map<String, Integer> ports = new LinkedHashMap<>();
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (String name : names) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                held.add(socket);
                ports.put(name, socket.getLocalPort());
            }
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
        return ports;
    }

    private synchronized void startServers() throws IOException, InterruptedException {
        try (Readiness readiness = new Readiness()) {
            for (ServerSpec spec : layout.servers()) {
                Server server = new Server(spec, home, say);
                servers.add(server);
                server.start();
            }
            for (Server server : servers) {
                readiness.await(server);
            }
        }
        TopicAdmin.createMissing(endpoints().broker(), 1);
        ArtifactStore.connect(endpoints().store().config(), "others").createBucketIfMissing();
    }

    /** Starts every replica; returns when all are ready. */
    public synchronized void grow() throws IOException, InterruptedException {
        for (ServerSpec spec : specs) {
            Server server = new Server(spec, home, say);
            replicas.add(server);
            server.start();
        }
        try (Readiness readiness = new Readiness()) {
            for (Server replica : replicas) {
                readiness.await(replica);
            }
        }
    }

    public Endpoints endpoints() {
        return layout.endpoints();
    }

    public int port(int replica) {
        return specs.get(replica).port();
    }

    /** Its process; a killed one's stays until its successor is started. */
    public synchronized long pid(int replica) {
        return replicas.get(replica).pid();
    }

    /** As {@code kill -9} does; returns when it is gone. */
    public synchronized void kill(int replica) {
        ProcessHandle.of(replicas.get(replica).pid()).ifPresent(process -> {
            process.destroyForcibly();
            process.onExit().join();
        });
    }

    /** Starts a killed replica again; returns when it is ready, which it is when it serves what is deployed. */
    public void restart(int replica) throws IOException, InterruptedException {
        Server server = new Server(specs.get(replica), home, say);
        synchronized (this) {
            replicas.set(replica, server);
            server.start();
        }
        try (Readiness readiness = new Readiness()) {
            readiness.await(server);
        }
    }

    @Override
    public synchronized void close() {
        replicas.forEach(Server::stop);
        replicas.clear();
        for (Server server : servers.reversed()) {
            server.stop();
        }
        servers.clear();
        try {
            lock.close();
        } catch (IOException e) {
            say.accept("The home could not be left tidy: " + e.getMessage());
        }
    }
}

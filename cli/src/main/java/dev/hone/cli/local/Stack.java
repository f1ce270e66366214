package dev.hone.cli.local;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.cli.console.Failure;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.Home;
import dev.hone.cli.models.BaseModels;
import dev.hone.events.TopicAdmin;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** Kafka, the store and the services on this machine, from the first start to the last stop. */
public final class Stack implements AutoCloseable {
    /** One partition keeps order across keys, and one machine has nothing to spread. */
    private static final int PARTITIONS = 1;

    private final Home home;
    private final StackLayout layout;
    private final Consumer<String> say;
    private final HomeLock lock;
    private final List<Server> running = new ArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    private Stack(Home home, StackLayout layout, Consumer<String> say, HomeLock lock) {
        this.home = home;
        this.layout = layout;
        this.say = say;
        this.lock = lock;
    }

    /**
     * Returns when everything answers. Stops by itself when the JVM ends, in whichever way but a kill; after a kill the
     * processes end by their own guard.
     *
     * @throws Failure when a stack runs in this home already, or a process does not come up
     */
    public static Stack start(Home home, StackOptions options, Consumer<String> say) throws IOException, InterruptedException {
        HomeLock lock = HomeLock.take(home);
        Stack stack = new Stack(home, new StackLayout(home, Ports.choose(home, options), options.settings(), options.fronts()), say, lock);
        Runtime.getRuntime().addShutdownHook(new Thread(stack::close, "stop"));
        try {
            stack.startAll();
            return stack;
        } catch (IOException | InterruptedException | RuntimeException e) {
            boolean stoppedMeanwhile = stack.closed.getCount() == 0;
            stack.close();
            if (stoppedMeanwhile) {
                throw new Failure("The stack was stopped while it started.", e);
            }
            throw e;
        }
    }

    public Endpoints endpoints() {
        return layout.endpoints();
    }

    /** Name, process id and port of each process, in the order in which they started. */
    public synchronized List<Running> processes() {
        return running.stream().map(server -> new Running(server.spec().name(), server.pid(), server.spec().port())).toList();
    }

    /** One process of the stack. */
    public record Running(String name, long pid, int port) {}

    /** Returns when the stack was stopped. */
    public void awaitEnd() throws InterruptedException {
        closed.await();
    }

    private void startAll() throws IOException, InterruptedException {
        List<String> leftovers = Leftovers.stop(home);
        if (!leftovers.isEmpty()) {
            say.accept("Stopped what a former stack left behind: " + String.join(", ", leftovers) + ".");
        }
        try (Readiness readiness = new Readiness()) {
            start(layout.servers(), readiness, 2);
            prepare();
            start(layout.services(), readiness, Math.max(2, Runtime.getRuntime().availableProcessors()));
        }
        endpoints().write(home);
    }

    private void prepare() throws IOException {
        TopicAdmin.createMissing(endpoints().broker(), PARTITIONS);
        ArtifactStore store = ArtifactStore.connect(endpoints().store().config(), "others");
        store.createBucketIfMissing();
        for (String model : BaseModels.seed(store, home.checkout().resolve("models"))) {
            say.accept("Base model " + model + " lies in the store.");
        }
    }

    /** A few at a time: on few cores, starting all at once makes each of them late. */
    private void start(List<ServerSpec> specs, Readiness readiness, int atOnce) throws IOException, InterruptedException {
        Deque<Server> starting = new ArrayDeque<>();
        for (ServerSpec spec : specs) {
            if (starting.size() == atOnce) {
                finish(starting.poll(), readiness);
            }
            starting.add(launch(spec));
        }
        for (Server server : starting) {
            finish(server, readiness);
        }
    }

    private synchronized Server launch(ServerSpec spec) throws IOException {
        if (closed.getCount() == 0) {
            throw new Failure("The stack was stopped while it started.");
        }
        Server server = new Server(spec, home, say);
        running.add(server);
        server.start();
        return server;
    }

    private void finish(Server server, Readiness readiness) throws IOException, InterruptedException {
        readiness.await(server);
        server.watch();
        say.accept(server.spec().name() + " is up.");
    }

    /** Services first, so that they can still say their last words to Kafka and the store. */
    @Override
    public synchronized void close() {
        if (closed.getCount() == 0) {
            return;
        }
        closed.countDown();
        stopTogether(running.stream().filter(server -> server.spec().health().isPresent()).toList());
        stopJobs();
        List<Server> servers = new ArrayList<>(running.stream().filter(server -> server.spec().health().isEmpty()).toList());
        Collections.reverse(servers);
        servers.forEach(Server::stop);
        release();
    }

    private void stopJobs() {
        try {
            Leftovers.stopJobs(home);
        } catch (IOException e) {
            say.accept("Jobs may be left behind, which the next start ends: " + e.getMessage());
        }
    }

    /** They do not need each other, and a Job's last checkpoint may take a minute. */
    private static void stopTogether(List<Server> services) {
        List<Thread> stops = services.stream().map(server -> Thread.ofPlatform().start(server::stop)).toList();
        for (Thread stop : stops) {
            try {
                stop.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void release() {
        try {
            Files.deleteIfExists(home.endpointsFile());
            lock.close();
        } catch (IOException e) {
            say.accept("The home could not be left tidy: " + e.getMessage());
        }
    }
}

package dev.hone.cli.local;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.cli.console.Failure;
import dev.hone.cli.home.Home;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/** Chooses where each process listens: the port asked for, else that of last time, else the usual one, else any that is free. */
final class Ports {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** By process. */
    static final Map<String, Integer> USUAL = usual();

    private Ports() {}

    private static Map<String, Integer> usual() {
        Map<String, Integer> ports = new LinkedHashMap<>();
        ports.put("kafka", 9092);
        ports.put("s3", 9000);
        ports.put("ingest", 8081);
        ports.put("trainer", 8082);
        ports.put("quantizer", 8083);
        ports.put("evaluator", 8084);
        ports.put("serving", 8085);
        return ports;
    }

    /**
     * Chooses and remembers: a home's stack listens where it did before, so that clients find it again, and Jobs that
     * were interrupted too.
     */
    static Map<String, Integer> choose(Home home, StackOptions options) throws IOException {
        Map<String, Integer> chosen = choose(options.ports(), former(home), options.apart(), Ports::isFree);
        JSON.writeValue(home.portsFile().toFile(), chosen);
        return chosen;
    }

    /**
     * @param asked  ports a person named; an error when one is taken
     * @param former ports of the same stack's last life, taken again where they are free
     * @param apart  whether to leave the usual ports alone
     */
    static Map<String, Integer> choose(Map<String, Integer> asked, Map<String, Integer> former, boolean apart, IntPredicate isFree) {
        refuseUnknown(asked.keySet());
        Map<String, Integer> chosen = new LinkedHashMap<>();
        Set<Integer> given = new HashSet<>(asked.values());
        IntPredicate fits = port -> !given.contains(port) && isFree.test(port);
        USUAL.forEach((name, usual) -> {
            int port = asked.containsKey(name) ? asked(name, asked.get(name), isFree)
                    : Stream.of(former.get(name), apart ? null : usual).filter(wish -> wish != null && fits.test(wish)).findFirst()
                            .orElseGet(() -> freeBeside(given));
            given.add(port);
            chosen.put(name, port);
        });
        return chosen;
    }

    /** Nothing when there was no last life, or when a crash left half a file. */
    private static Map<String, Integer> former(Home home) {
        try {
            return JSON.readValue(home.portsFile().toFile(), new TypeReference<Map<String, Integer>>() { });
        } catch (IOException e) {
            return Map.of();
        }
    }

    private static void refuseUnknown(Set<String> names) {
        for (String name : names) {
            if (!USUAL.containsKey(name)) {
                throw new Failure(Failure.USAGE, "Expected --port with one of " + USUAL.keySet() + ", found \"" + name + "\".");
            }
        }
    }

    private static int asked(String name, int port, IntPredicate isFree) {
        if (!isFree.test(port)) {
            throw new Failure("Expected port " + port + " to be free for " + name + ", found it taken. Choose another, or leave --port away and Hone finds one.");
        }
        return port;
    }

    private static int freeBeside(Set<Integer> given) {
        for (;;) {
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                if (!given.contains(socket.getLocalPort())) {
                    return socket.getLocalPort();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}

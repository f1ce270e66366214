package dev.hone.cli.local;

import dev.hone.cli.console.Failure;
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

/** Chooses where each process listens: the port asked for, else the usual one, else any that is free. */
final class Ports {
    /** In the order in which the processes start. */
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
     * @param asked    ports a person named; an error when one is taken
     * @param anyFree  whether to leave the usual ports alone
     */
    static Map<String, Integer> choose(Map<String, Integer> asked, boolean anyFree) {
        return choose(asked, anyFree, Ports::isFree);
    }

    static Map<String, Integer> choose(Map<String, Integer> asked, boolean anyFree, IntPredicate isFree) {
        refuseUnknown(asked.keySet());
        Map<String, Integer> chosen = new LinkedHashMap<>();
        Set<Integer> given = new HashSet<>(asked.values());
        USUAL.forEach((name, usual) -> {
            int port = asked.containsKey(name) ? asked(name, asked.get(name), isFree) : usualOrFree(usual, anyFree, given, isFree);
            given.add(port);
            chosen.put(name, port);
        });
        return chosen;
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

    private static int usualOrFree(int usual, boolean anyFree, Set<Integer> given, IntPredicate isFree) {
        return !anyFree && !given.contains(usual) && isFree.test(usual) ? usual : freeBeside(given);
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

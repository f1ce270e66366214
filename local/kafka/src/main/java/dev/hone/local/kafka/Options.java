package dev.hone.local.kafka;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;

/**
 * The command line.
 *
 * @param dir where the log segments and offsets live
 * @param port TCP port on 127.0.0.1
 * @param advertisedPort where clients are told to connect: another one if something stands between
 * @param security a file that says who may do what; absent: everybody everything
 * @param dieWithParent end when standard input closes
 */
record Options(Path dir, int port, int advertisedPort, Optional<Path> security, boolean dieWithParent) {

    static final String USAGE = "Usage: LocalKafka --dir DIR --port PORT [--advertised-port PORT] [--security FILE] [--die-with-parent]";

    Options {
        if (dir == null || port < 1 || port > 65_535) {
            throw new IllegalArgumentException(
                    "Expected --dir and a --port from 1 to 65535, found --dir " + dir + " --port " + port + ". " + USAGE);
        }
    }

    static Options parse(String... args) {
        Path dir = null;
        int port = 0;
        int advertised = 0;
        Optional<Path> security = Optional.empty();
        boolean dieWithParent = false;
        for (Iterator<String> left = Arrays.asList(args).iterator(); left.hasNext(); ) {
            String option = left.next();
            switch (option) {
                case "--dir" -> dir = Path.of(value(option, left));
                case "--port" -> port = number(option, value(option, left));
                case "--advertised-port" -> advertised = number(option, value(option, left));
                case "--security" -> security = Optional.of(Path.of(value(option, left)));
                case "--die-with-parent" -> dieWithParent = true;
                default -> throw new IllegalArgumentException("Found the unknown option " + option + ". " + USAGE);
            }
        }
        return new Options(dir, port, advertised == 0 ? port : advertised, security, dieWithParent);
    }

    private static String value(String option, Iterator<String> left) {
        if (!left.hasNext()) {
            throw new IllegalArgumentException("Expected a value after " + option + ", found the end. " + USAGE);
        }
        return left.next();
    }

    private static int number(String option, String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("Expected a number after " + option + ", found '" + value + "'. " + USAGE, e);
        }
    }
}

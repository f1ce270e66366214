package dev.hone.cli.local;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One process of the stack.
 *
 * @param name        short and unique; names its log too
 * @param command     complete command line
 * @param environment added to the command line's own
 * @param folder      its working directory
 * @param port        where it listens on 127.0.0.1
 * @param health      answers 200 when the process is ready; without one the process says READY on standard output
 * @param patience    how long an orderly stop may take before it is forced
 */
record ServerSpec(String name, List<String> command, Map<String, String> environment, Path folder, int port,
        Optional<URI> health, Duration patience) {

    ServerSpec {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }
}

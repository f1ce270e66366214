package dev.hone.cli.local;

import java.util.Map;

/**
 * How a stack differs from the usual one.
 *
 * @param ports    where each process listens
 * @param settings environment variables for the services
 */
public record StackOptions(Map<String, Integer> ports, Map<String, String> settings) {

    /** Beside whatever else runs on this machine. */
    public static StackOptions onFreePorts(Map<String, String> settings) {
        return new StackOptions(Ports.choose(Map.of(), true), settings);
    }
}

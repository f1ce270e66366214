package dev.hone.cli.local;

import java.util.Map;

/**
 * How a stack differs from the usual one.
 *
 * @param ports    where a process must listen, by its name; the others find a port
 * @param apart    whether to leave the usual ports alone
 * @param settings environment variables for the services
 */
public record StackOptions(Map<String, Integer> ports, boolean apart, Map<String, String> settings) {

    /** Beside whatever else runs on this machine. */
    public static StackOptions onFreePorts(Map<String, String> settings) {
        return new StackOptions(Map.of(), true, settings);
    }
}

package dev.hone.cli.local;

import java.util.Map;

/**
 * How a stack differs from the usual one.
 *
 * @param ports    where a process must listen, by its name; the others find a port
 * @param apart    whether to leave the usual ports alone
 * @param settings environment variables for the services
 * @param fronts   where clients reach {@code kafka} or {@code s3}, if something stands before it
 */
public record StackOptions(Map<String, Integer> ports, boolean apart, Map<String, String> settings, Map<String, Integer> fronts) {

    public StackOptions(Map<String, Integer> ports, boolean apart, Map<String, String> settings) {
        this(ports, apart, settings, Map.of());
    }

    /** Beside whatever else runs on this machine. */
    public static StackOptions onFreePorts(Map<String, String> settings) {
        return new StackOptions(Map.of(), true, settings);
    }
}

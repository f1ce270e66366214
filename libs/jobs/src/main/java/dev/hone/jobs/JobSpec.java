package dev.hone.jobs;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * What to run.
 *
 * @param name deterministic, so that the same request twice is one job: {@code train-<run id>}; a DNS label
 * @param mainClass fully qualified; its {@code main} calls {@link JobMain}
 * @param event the event that asked for it, as JSON; opaque here
 * @param environment added to what the service's own environment gives
 * @param placement what a cluster wants to know
 */
public record JobSpec(String name, String mainClass, String event, Map<String, String> environment, Placement placement) {

    // RFC 1123 label: a Kubernetes Job's name, which also is a safe folder name.
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    public JobSpec {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("Expected a job name of at most 63 lower-case letters, digits and dashes,"
                    + " found '" + name + "'. Choose a shorter or plainer run id.");
        }
        if (mainClass.isBlank() || event.isBlank()) {
            throw new IllegalArgumentException("Expected a main class and an event for job " + name + ", found one blank.");
        }
        environment = Map.copyOf(environment);
    }

    /** For one machine. */
    public JobSpec(String name, String mainClass, String event, Map<String, String> environment) {
        this(name, mainClass, event, environment, Placement.NONE);
    }
}

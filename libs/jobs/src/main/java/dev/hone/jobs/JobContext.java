package dev.hone.jobs;

import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/**
 * What the process got from its launcher.
 *
 * @param event the event that asked for the work, as JSON
 * @param directory scratch space that survives a restart on the same machine, and may be empty
 * @param stopRequested true from SIGTERM on: checkpoint and throw {@link JobStopped}
 */
public record JobContext(String event, Path directory, BooleanSupplier stopRequested) {}

package dev.hone.cli.home;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.Optional;

/**
 * A process that can be found again. The id alone would not do: systems give it to another process later.
 *
 * @param startedMillis when it started, epoch milliseconds
 */
public record ProcessMark(long pid, @JsonProperty("started_millis") long startedMillis) {
    /** The system's clock may be corrected between two looks at the same process. */
    private static final long TOLERANCE_MILLIS = 2000;

    public static ProcessMark of(ProcessHandle process) {
        return new ProcessMark(process.pid(), started(process));
    }

    /** The process, if it is still there. */
    public Optional<ProcessHandle> find() {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive)
                .filter(process -> Math.abs(started(process) - startedMillis) <= TOLERANCE_MILLIS);
    }

    private static long started(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}

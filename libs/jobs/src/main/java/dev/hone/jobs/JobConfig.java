package dev.hone.jobs;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * How jobs run, the same for every service that has some. Keys begin with {@code hone.jobs.}; a hyper-parameter is never
 * among them, those travel in the event.
 *
 * @param launcher {@code process} or {@code kubernetes}
 * @param directory where one machine keeps the state of its jobs, a folder for each
 * @param heap the job's Java heap as {@code -Xmx} takes it; tensors lie outside of it
 * @param concurrency jobs of this service at once on one machine; the others wait in order
 * @param maxCrashes times a job may be killed or crash before it counts as failed
 * @param firstPause before the first restart; doubles up to 30 s
 * @param grace for a job's last checkpoint
 * @param kubernetes only for {@code kubernetes}
 */
public record JobConfig(Launcher launcher, Path directory, String heap, int concurrency, int maxCrashes, Duration firstPause,
        GracePeriod grace, KubernetesConfig kubernetes) {

    /** Where jobs run. */
    public enum Launcher {
        PROCESS,
        KUBERNETES
    }

    public JobConfig {
        if (concurrency < 1 || maxCrashes < 0) {
            throw new IllegalArgumentException("Expected hone.jobs.concurrency of at least 1 and hone.jobs.max-crashes of at least 0,"
                    + " found " + concurrency + " and " + maxCrashes + ".");
        }
    }

    /**
     * @param workDirectory the service's own
     * @param lookup gives the value of a configuration key, if it is set
     */
    public static JobConfig from(Path workDirectory, Function<String, Optional<String>> lookup) {
        Keys keys = new Keys(lookup);
        return new JobConfig(
                Launcher.valueOf(keys.text("launcher", "process").toUpperCase(Locale.ROOT)),
                workDirectory.toAbsolutePath().resolve("jobs"),
                keys.text("heap", "1g"),
                keys.number("concurrency", 1),
                keys.number("max-crashes", 5),
                Duration.ofMillis(keys.number("restart-pause-ms", 1_000)),
                grace(keys),
                KubernetesConfig.from(keys));
    }

    private static GracePeriod grace(Keys keys) {
        Duration shortest = Duration.ofSeconds(keys.number("grace-seconds", 60));
        Duration longest = Duration.ofSeconds(keys.number("grace-max-seconds", Math.toIntExact(Math.max(1_800, shortest.toSeconds()))));
        return new GracePeriod(shortest, longest, keys.number("checkpoint-mb-per-second", 20) * 1_000_000L);
    }

    /**
     * The same for jobs of a kind that wants other means: {@code hone.jobs.qat.heap} holds for the kind {@code qat} before
     * {@code hone.jobs.heap} does. They have slots of their own.
     *
     * @param kind a word; also the folder of their state
     */
    public static JobConfig ofKind(String kind, Path workDirectory, Function<String, Optional<String>> lookup) {
        return from(workDirectory.resolve(kind), key -> own(kind, key, lookup).or(() -> Keys.found(lookup, key)));
    }

    private static Optional<String> own(String kind, String key, Function<String, Optional<String>> lookup) {
        return Keys.found(lookup, key.replace("hone.jobs.", "hone.jobs." + kind + "."));
    }

    /** The defaults, as on one machine. */
    public static JobConfig local(Path workDirectory) {
        return from(workDirectory, Map.<String, Optional<String>>of()::get);
    }

    /** Reads {@code hone.jobs.*} with defaults and errors that name the key. */
    record Keys(Function<String, Optional<String>> lookup) {

        Optional<String> optional(String key) {
            return found(lookup, "hone.jobs." + key);
        }

        /** What is blank is not set. */
        static Optional<String> found(Function<String, Optional<String>> lookup, String key) {
            Optional<String> value = lookup.apply(key);
            return value == null ? Optional.empty() : value.map(String::strip).filter(text -> !text.isEmpty());
        }

        String text(String key, String absent) {
            return optional(key).orElse(absent);
        }

        int number(String key, int absent) {
            String value = text(key, String.valueOf(absent));
            try {
                return Integer.parseInt(value);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("Expected a whole number in hone.jobs." + key + ", found '" + value + "'.", e);
            }
        }
    }
}

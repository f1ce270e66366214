package dev.hone.cli.chaos.fault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The processes of a home, found from outside: whoever works in one of its folders. So it finds those, too, that nobody
 * remembers having started. Needs {@code /proc}.
 */
public final class HomeProcesses {
    private static final Path PROC = Path.of("/proc");
    /** A Job is told its event by a file in the folder that bears its name. */
    private static final Pattern JOB = Pattern.compile("/jobs/([a-z0-9-]+)/event\\.json");

    private final Path home;

    public HomeProcesses(Path home) {
        this.home = home.toAbsolutePath().normalize();
    }

    /**
     * One process.
     *
     * @param job its Job's name, empty for all others
     */
    public record Found(long pid, String job, String command) {}

    /** Whether this system lets processes be looked at in this way. */
    public static boolean isPossible() {
        return Files.isReadable(PROC.resolve("self/cmdline"));
    }

    /** All that live, those who only wait to be buried excepted. */
    public List<Found> all() throws IOException {
        List<Found> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(PROC)) {
            for (Path entry : entries.filter(path -> path.getFileName().toString().matches("\\d+")).toList()) {
                found(entry).ifPresent(found::add);
            }
        }
        found.sort(Comparator.comparingLong(Found::pid));
        return found;
    }

    /** Jobs that live. */
    public List<Found> jobs() throws IOException {
        return all().stream().filter(process -> !process.job().isEmpty()).toList();
    }

    private Optional<Found> found(Path entry) {
        try {
            long pid = Long.parseLong(entry.getFileName().toString());
            if (pid == ProcessHandle.current().pid() || !Files.readSymbolicLink(entry.resolve("cwd")).startsWith(home)) {
                return Optional.empty();
            }
            String command = new String(Files.readAllBytes(entry.resolve("cmdline")), StandardCharsets.UTF_8).replace('\0', ' ').strip();
            return command.isEmpty() ? Optional.empty() : Optional.of(new Found(pid, job(command), command));
        } catch (IOException | SecurityException e) {
            // gone meanwhile, or another user's
            return Optional.empty();
        }
    }

    static String job(String command) {
        Matcher matcher = JOB.matcher(command);
        return matcher.find() ? matcher.group(1) : "";
    }
}

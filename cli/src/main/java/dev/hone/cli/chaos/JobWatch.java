package dev.hone.cli.chaos;

import dev.hone.cli.chaos.fault.HomeProcesses;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;

/** Looks several times a second whether two processes work for the same Job. */
final class JobWatch implements AutoCloseable {
    private static final long LOOK_MILLIS = 400;

    private final HomeProcesses processes;
    private final Set<String> sightings = new ConcurrentSkipListSet<>();
    private final Set<Long> seen = new ConcurrentSkipListSet<>();
    private final Thread thread;
    private Set<String> before = Set.of();

    JobWatch(HomeProcesses processes) {
        this.processes = processes;
        this.thread = Thread.ofPlatform().daemon().name("job-watch").start(this::run);
    }

    /** Jobs that were seen twice at the same time, and again at the next look, as sentences. */
    List<String> sideBySide() {
        return List.copyOf(sightings);
    }

    /** Processes of Jobs seen until now. */
    int started() {
        return seen.size();
    }

    private void run() {
        try {
            for (;;) {
                look();
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        try {
            Map<String, Set<Long>> byJob = new HashMap<>();
            for (HomeProcesses.Found job : processes.jobs()) {
                seen.add(job.pid());
                byJob.computeIfAbsent(job.job(), name -> new TreeSet<>()).add(job.pid());
            }
            List<String> now = new ArrayList<>();
            byJob.forEach((name, pids) -> {
                if (pids.size() > 1) {
                    now.add(name + " in the processes " + pids);
                }
            });
            // A fork has its parent's command line until it becomes another program: what counts is seen twice.
            now.stream().filter(before::contains).forEach(sightings::add);
            before = Set.copyOf(now);
        } catch (IOException e) {
            // looked again in a moment
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}

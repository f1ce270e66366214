package dev.hone.cli.chaos.fault;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;

/** Does what a schedule says, and undoes what lasts. Everything is undone after {@link #heal}. */
public final class Saboteur implements AutoCloseable {
    /** A process that is not there now may be there soon: it is just being started again. */
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    /** There is not always work. */
    private static final Duration PATIENCE_FOR_JOBS = Duration.ofSeconds(5);
    private static final long LOOK_MILLIS = 200;
    private static final String NOTHING = "nothing: ";

    private final Targets targets;
    private final HomeProcesses processes;
    private final Map<String, TcpProxy> proxies;
    private final Mischief mischief;
    private final Set<Long> killed = ConcurrentHashMap.newKeySet();
    private final Set<Long> paused = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("heal").factory());
    private final Thread atExit = new Thread(this::heal, "heal-at-exit");

    /** @param proxies by the name of the server behind */
    public Saboteur(Targets targets, HomeProcesses processes, Map<String, TcpProxy> proxies, Mischief mischief) {
        this.targets = targets;
        this.processes = processes;
        this.proxies = Map.copyOf(proxies);
        this.mischief = mischief;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Does one fault; one that lasts goes on after this returned. */
    public Done inflict(Fault fault, Duration since) throws InterruptedException {
        Hit hit;
        try {
            hit = inflicted(fault);
        } catch (IOException | KafkaException e) {
            hit = new Hit(fault.kind(), NOTHING + e.getMessage());
        }
        return new Done(fault, hit.kind(), Instant.now(), since, hit.target(), fault.kind().isKill() && !hit.target().startsWith(NOTHING));
    }

    private record Hit(FaultKind kind, String target) {}

    private Hit inflicted(Fault fault) throws IOException, InterruptedException {
        return switch (fault.kind()) {
            case KILL_JOB -> jobOrService(fault, "KILL", FaultKind.KILL_SERVICE);
            case END_JOB -> jobOrService(fault, "TERM", FaultKind.END_SERVICE);
            default -> new Hit(fault.kind(), target(fault));
        };
    }

    private Hit jobOrService(Fault fault, String signal, FaultKind instead) throws IOException, InterruptedException {
        Optional<Victim> job = job(fault);
        return new Hit(job.isPresent() ? fault.kind() : instead, signal(signal, job.or(() -> service(fault))));
    }

    private String target(Fault fault) throws IOException, InterruptedException {
        return switch (fault.kind()) {
            case KILL_SERVICE -> signal("KILL", service(fault));
            case KILL_BROKER -> signal("KILL", server(Targets.BROKER));
            case KILL_STORE -> signal("KILL", server(Targets.STORE));
            case END_SERVICE -> signal("TERM", service(fault));
            case PAUSE -> pause(fault);
            case FULL_STORE -> turn(List.of(Targets.STORE), Weather.FULL, fault);
            case CUT -> turn(chosen(fault), Weather.CUT, fault);
            case STALL -> turn(chosen(fault), Weather.STALL, fault);
            case DELAY -> turn(chosen(fault), Weather.DELAY, fault);
            case REPEAT -> mischief.repeat(fault, false);
            case REPEAT_BARE -> mischief.repeat(fault, true);
            case REORDER -> mischief.reorder(fault);
            case GARBAGE -> mischief.poison(fault);
            case KILL_JOB, END_JOB -> throw new IllegalArgumentException(fault + " has its own way");
        };
    }

    private record Victim(String name, long pid) {}

    private String signal(String signal, Optional<Victim> victim) throws IOException, InterruptedException {
        if (victim.isEmpty() || !Signals.send(signal, victim.get().pid())) {
            return NOTHING + "it was not there";
        }
        // Until its parent has looked it seems to be there; it cannot be killed twice.
        killed.addAll(signal.equals("KILL") ? Set.of(victim.get().pid()) : Set.of());
        return victim.get().name() + " (" + victim.get().pid() + ")";
    }

    private Optional<Victim> service(Fault fault) {
        return await(PATIENCE, () -> {
            List<Victim> alive = alive().stream().filter(victim -> !victim.name().equals(Targets.BROKER) && !victim.name().equals(Targets.STORE)).toList();
            return alive.isEmpty() ? Optional.empty() : Optional.of(alive.get(fault.among(alive.size())));
        });
    }

    private Optional<Victim> server(String name) {
        return await(PATIENCE, () -> alive().stream().filter(victim -> victim.name().equals(name)).findFirst());
    }

    private Optional<Victim> job(Fault fault) {
        return await(PATIENCE_FOR_JOBS, () -> {
            List<HomeProcesses.Found> jobs = processes.jobs().stream().filter(job -> !killed.contains(job.pid())).toList();
            return jobs.isEmpty() ? Optional.empty() : Optional.of(jobs.get(fault.among(jobs.size()))).map(job -> new Victim(job.job(), job.pid()));
        });
    }

    private List<Victim> alive() {
        List<Victim> alive = new ArrayList<>();
        targets.servers().forEach((name, pid) -> ProcessHandle.of(pid).filter(process -> process.isAlive() && !killed.contains(pid)).ifPresent(process -> alive.add(new Victim(name, pid))));
        alive.sort(java.util.Comparator.comparing(Victim::name));
        return alive;
    }

    private interface Search {
        Optional<Victim> look() throws IOException;
    }

    private static Optional<Victim> await(Duration patience, Search search) {
        long end = System.nanoTime() + patience.toNanos();
        try {
            for (;;) {
                Optional<Victim> found = search.look();
                if (found.isPresent() || System.nanoTime() > end) {
                    return found;
                }
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** A Job every other time. */
    private String pause(Fault fault) throws IOException, InterruptedException {
        List<HomeProcesses.Found> jobs = processes.jobs();
        List<Victim> candidates = fault.pick() % 2 == 0 && !jobs.isEmpty() ? jobs.stream().map(job -> new Victim(job.job(), job.pid())).toList() : alive();
        if (candidates.isEmpty()) {
            return NOTHING + "nobody was there";
        }
        Victim victim = candidates.get(fault.pick() / 2 % candidates.size());
        paused.add(victim.pid());
        Signals.send("STOP", victim.pid());
        later.schedule(() -> goOn(victim.pid()), fault.length().toMillis(), TimeUnit.MILLISECONDS);
        return victim.name() + " (" + victim.pid() + ") for " + fault.length().toSeconds() + " s";
    }

    private void goOn(long pid) {
        if (paused.remove(pid)) {
            try {
                Signals.send("CONT", pid);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static List<String> chosen(Fault fault) {
        return switch (fault.pick() % 3) {
            case 0 -> List.of(Targets.BROKER);
            case 1 -> List.of(Targets.STORE);
            default -> List.of(Targets.BROKER, Targets.STORE);
        };
    }

    private String turn(List<String> names, Weather weather, Fault fault) {
        names.forEach(name -> proxies.get(name).turn(weather));
        later.schedule(() -> names.forEach(name -> proxies.get(name).turn(Weather.CLEAR)), fault.length().toMillis(), TimeUnit.MILLISECONDS);
        return String.join(" and ", names) + " for " + fault.length().toSeconds() + " s";
    }

    /** Ends everything that lasts. */
    public void heal() {
        proxies.values().forEach(proxy -> proxy.turn(Weather.CLEAR));
        List.copyOf(paused).forEach(this::goOn);
    }

    @Override
    public void close() {
        later.shutdownNow();
        heal();
        mischief.close();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // the JVM is ending, and the hook runs
        }
    }
}

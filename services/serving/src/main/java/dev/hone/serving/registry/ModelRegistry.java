package dev.hone.serving.registry;

import dev.hone.events.Event;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.answer.ServingObserver;
import dev.hone.v1.Deploy;
import dev.hone.v1.ServedModel;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which revision answers to which name. What is wanted comes from the deploy topic; loading happens in the background, one
 * model at a time, and until a load succeeds the former revision answers. Safe for use by several threads.
 */
public final class ModelRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(ModelRegistry.class);

    private final RevisionLoader loader;
    private final Background background;
    private final RegistryListener listener;
    private final ServingObserver observer;
    private final Map<String, Name> names = new TreeMap<>();
    private boolean replayed;
    private boolean ready;

    /** @param background one thread: loads and closes models */
    public ModelRegistry(SharedLoader loader, ScheduledExecutorService background, RegistryListener listener, ServingObserver observer) {
        this((RevisionLoader) loader, background, listener, observer);
    }

    ModelRegistry(RevisionLoader loader, ScheduledExecutorService background, RegistryListener listener, ServingObserver observer) {
        this.loader = loader;
        this.background = new Background(background);
        this.listener = listener;
        this.observer = observer;
    }

    /** Takes the whole topic's last word: what it does not name is withdrawn. */
    public synchronized void replay(Map<String, Event<Deploy>> records) {
        Set.copyOf(names.keySet()).stream().filter(name -> !records.containsKey(name)).forEach(this::withdraw);
        List<Event<Deploy>> news = records.values().stream().filter(record -> !isKnown(record)).toList();
        news.forEach(this::want);
        news.forEach(record -> arrange(names.get(record.data().getModelName()), false));
        arrangeOthers();
        replayed = true;
        updateReady();
    }

    public synchronized void deploy(Event<Deploy> record) {
        if (isKnown(record)) {
            return;
        }
        want(record);
        // adapters are loaded before they take over, so that the first to ask does not wait for the store
        arrange(names.get(record.data().getModelName()), true);
        arrangeOthers();
    }

    public synchronized void withdraw(String model) {
        Name name = names.remove(model);
        if (name != null) {
            LOG.info("withdrawn model={}", model);
            name.inMemory().forEach(ServedRevision::retire);
            arrangeOthers();
            updateReady();
        }
    }

    /** Whether the record says what is being done already. One that could not be served is tried again. */
    private boolean isKnown(Event<Deploy> record) {
        Name name = names.get(record.data().getModelName());
        return name != null && name.wanted().id().equals(record.id()) && name.deploy().equals(record.data())
                && name.slots().noneMatch(slot -> slot.state() == Slot.State.FAILED);
    }

    private void want(Event<Deploy> record) {
        Deploy deploy = record.data();
        LOG.info("deploy model={} revision={} candidate={} percent={} reason={}", deploy.getModelName(), deploy.getRevision(),
                deploy.getCandidate().getRevision().getRevision(), deploy.getCandidate().getPercent(), deploy.getReason());
        names.computeIfAbsent(deploy.getModelName(), name -> new Name()).want(record);
    }

    /** What is deployed elsewhere decides whether an adapter is merged. */
    private void arrangeOthers() {
        List<Revision> all = wanted();
        names.values().stream().filter(name -> name.slots().anyMatch(slot -> Weights.of(slot.revision(), all) != slot.weights()))
                .forEach(name -> arrange(name, true));
    }

    private List<Revision> wanted() {
        return names.values().stream().flatMap(Name::revisions).toList();
    }

    private void arrange(Name name, boolean adapterToo) {
        List<Revision> all = wanted();
        Slot stable = slot(name, Revision.stable(name.deploy()), all, adapterToo);
        Optional<Slot> candidate = Revision.candidate(name.deploy()).map(revision -> slot(name, revision, all, adapterToo));
        name.arrange(stable, candidate).forEach(ServedRevision::retire);
        updateReady();
    }

    private Slot slot(Name name, Revision revision, Collection<Revision> all, boolean adapterToo) {
        Weights weights = Weights.of(revision, all);
        Optional<Slot> there = name.slots().filter(slot -> slot.wants(revision, weights) && slot.state() != Slot.State.FAILED).findFirst();
        if (there.isPresent()) {
            return there.get();
        }
        Slot slot = new Slot(revision, weights);
        Optional<ServedRevision> loaded = name.inMemory().stream().filter(served -> served.is(revision, weights)).findFirst();
        if (loaded.isPresent()) {
            slot.serve(loaded.get());
        } else {
            background.run(() -> load(slot, adapterToo, Background.FIRST_PAUSE));
        }
        return slot;
    }

    private void load(Slot slot, boolean adapterToo, Duration pause) {
        if (!isAwaited(slot)) {
            return;
        }
        Revision revision = slot.revision();
        try {
            long start = System.nanoTime();
            RevisionLoader.Loaded loaded = loader.load(revision, slot.weights(), adapterToo);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            LOG.info("revision loaded model={} revision={} weights={} millis={}", revision.model(), revision.label(), slot.weights().word(), took.toMillis());
            observer.loaded(loaded.model(), revision.model(), revision.label(), took);
            swap(slot, loaded);
        } catch (IOException e) {
            LOG.warn("revision unavailable, trying again model={} revision={} pauseMillis={} reason={}", revision.model(), revision.label(), pause.toMillis(), e.toString());
            waits(slot, "The store cannot be reached, trying again: " + e.getMessage());
            background.later(() -> load(slot, adapterToo, Background.longer(pause)), pause);
        } catch (RuntimeException | Error e) {
            LOG.error("revision cannot be served model={} revision={}", revision.model(), revision.label(), e);
            fail(slot, e.getMessage() == null ? e.toString() : e.getMessage(), e);
        }
    }

    private Optional<Name> holder(Slot slot) {
        return Optional.ofNullable(names.get(slot.revision().model())).filter(name -> name.holds(slot));
    }

    private synchronized boolean isAwaited(Slot slot) {
        return holder(slot).isPresent() && slot.isLoading();
    }

    private synchronized void swap(Slot slot, RevisionLoader.Loaded loaded) {
        ServedRevision revision = new ServedRevision(slot.revision(), slot.weights(), loaded, () -> background.run(() -> close(slot.revision(), loaded)));
        Optional<Name> name = holder(slot);
        if (name.isEmpty()) {
            revision.retire();
            return;
        }
        name.get().loaded(slot, revision).forEach(ServedRevision::retire);
        updateReady();
    }

    private synchronized void waits(Slot slot, String reason) {
        slot.waits(reason);
    }

    private void fail(Slot slot, String reason, Throwable cause) {
        Optional<Event<Deploy>> record;
        synchronized (this) {
            record = holder(slot).map(Name::wanted);
            slot.fail(reason);
            updateReady();
        }
        record.ifPresent(event -> listener.unservable(event, slot.revision().label(), reason, cause));
    }

    private void close(Revision revision, RevisionLoader.Loaded loaded) {
        loaded.close();
        LOG.info("revision closed model={} revision={}", revision.model(), revision.label());
        observer.retired(revision.model(), revision.label());
        loader.forget(revision, kept());
    }

    private synchronized List<Revision> kept() {
        return names.values().stream().flatMap(Name::kept).toList();
    }

    private void updateReady() {
        if (!ready && replayed && names.values().stream().flatMap(Name::slots).noneMatch(Slot::isLoading)) {
            ready = true;
            observer.converged();
        }
    }

    /** True for good once the topic has been read to its end and each revision it named was loaded or had failed. */
    public synchronized boolean isReady() {
        return ready;
    }

    /**
     * The revision that answers this conversation, held open.
     *
     * @param conversation what stays together
     * @throws Refusal UNAVAILABLE before the registry is read or the first revision loaded, NOT_FOUND where nothing answers
     *     to the name; the sentence lists what does
     */
    public synchronized Lease lease(String model, String conversation) throws Refusal {
        return served(model).lease(conversation);
    }

    /** The stable revision, held open: for what no conversation is part of. @throws Refusal as {@link #lease} */
    public synchronized Lease leaseStable(String model) throws Refusal {
        return served(model).answering().lease();
    }

    /** The candidate, held open for a copy of a request that another revision answered; nothing if the request is not to be copied. */
    public synchronized Optional<Lease> shadow(String model, String answeredBy, String request) {
        return Optional.ofNullable(names.get(model)).flatMap(name -> name.shadow(answeredBy, request));
    }

    private Name served(String model) throws Refusal {
        Name name = names.get(model);
        if (name == null || name.answering() == null) {
            throw Listing.refusal(model, Optional.ofNullable(name), names.values(), replayed);
        }
        return name;
    }

    /** A revision's description, as long as it is deployed; otherwise that of the one that serves. */
    public synchronized Optional<Revision> described(String model, String revision) {
        return Optional.ofNullable(names.get(model)).map(name -> name.described(revision));
    }

    /** What a user said of an answer; counts where its revision is on trial. @param answered when it was given */
    public synchronized void judged(String model, String revision, String answerId, Instant answered, boolean good) {
        trialOf(model, revision).ifPresent(name -> {
            name.trial().orElseThrow().judge(answerId, answered, good);
            endTrialBelowBounds(name);
        });
    }

    /** An answer was made; counts where its revision is on trial. @param failed by a fault of the service */
    public synchronized void answered(String model, String revision, boolean failed) {
        trialOf(model, revision).ifPresent(name -> {
            name.trial().orElseThrow().answer(failed);
            endTrialBelowBounds(name);
        });
    }

    private Optional<Name> trialOf(String model, String revision) {
        return Optional.ofNullable(names.get(model)).filter(name -> name.tries(revision));
    }

    private void endTrialBelowBounds(Name name) {
        name.trial().orElseThrow().failure().ifPresent(reason -> {
            LOG.warn("candidate below its bounds model={} revision={} reason={}", name.deploy().getModelName(), name.deploy().getCandidate().getRevision().getRevision(), reason);
            name.failTrial(reason);
            observer.candidateFailed(name.deploy().getModelName(), name.deploy().getCandidate().getRevision().getRevision());
            Event<Deploy> record = name.wanted();
            background.run(() -> tell(record, reason, Background.FIRST_PAUSE));
        });
    }

    private void tell(Event<Deploy> record, String reason, Duration pause) {
        if (!isWanted(record)) {
            return;
        }
        try {
            listener.failedTrial(record, reason);
        } catch (RuntimeException e) {
            LOG.warn("withdrawal not written, trying again model={} reason={}", record.data().getModelName(), e.toString());
            background.later(() -> tell(record, reason, Background.longer(pause)), pause);
        }
    }

    private synchronized boolean isWanted(Event<Deploy> record) {
        Name name = names.get(record.data().getModelName());
        return name != null && name.wanted().id().equals(record.id());
    }

    /** When the oldest trial under way began. */
    public synchronized Optional<Instant> oldestTrial() {
        return names.values().stream().flatMap(name -> name.trial().stream()).map(Trial::since).min(Instant::compareTo);
    }

    public synchronized List<ServedModel> list() {
        return names.values().stream().map(Listing::of).toList();
    }

    /** Withdraws everything; revisions close as their answers end. */
    public synchronized void close() {
        Set.copyOf(names.keySet()).forEach(this::withdraw);
    }
}

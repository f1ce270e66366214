package dev.hone.serving;

import dev.hone.events.Event;
import dev.hone.v1.Deploy;
import dev.hone.v1.ServedModel;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which model answers to which name. What is wanted comes from the deploy topic; loading happens in the background, one
 * model at a time, and until a load succeeds the former revision answers. Safe for use by several threads.
 */
final class ModelRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(ModelRegistry.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    /** Where a name stands, in the words of ListModels. */
    enum State { LOADING, SERVING, FAILED }

    private static final class Entry {
        private Event<Deploy> wanted;
        private ServedRevision serving;
        private State state;
        private String message = "";
    }

    private final ModelLoader loader;
    private final ScheduledExecutorService background;
    private final BiConsumer<Event<Deploy>, String> onFailure;
    private final Map<String, Entry> entries = new TreeMap<>();
    private boolean replayed;
    private boolean ready;

    /**
     * @param background one thread: loads and closes models
     * @param onFailure  told of a deploy that can never be served, with the reason
     */
    ModelRegistry(ModelLoader loader, ScheduledExecutorService background, BiConsumer<Event<Deploy>, String> onFailure) {
        this.loader = loader;
        this.background = background;
        this.onFailure = onFailure;
    }

    /** Takes the whole topic's last word: what it does not name is withdrawn. */
    synchronized void replay(Map<String, Event<Deploy>> deploys) {
        Set.copyOf(entries.keySet()).stream().filter(name -> !deploys.containsKey(name)).forEach(this::withdraw);
        deploys.values().forEach(this::deploy);
        replayed = true;
        updateReady();
    }

    synchronized void deploy(Event<Deploy> event) {
        Deploy deploy = event.data();
        Entry entry = entries.computeIfAbsent(deploy.getModelName(), name -> new Entry());
        boolean known = entry.wanted != null && entry.wanted.data().equals(deploy) && entry.state != State.FAILED;
        entry.wanted = event;
        if (known) {
            return;
        }
        LOG.info("deploy model={} revision={} scheme={}", deploy.getModelName(), deploy.getRevision(), deploy.getScheme());
        entry.state = State.LOADING;
        entry.message = "";
        inBackground(() -> load(event, FIRST_PAUSE));
    }

    synchronized void withdraw(String name) {
        Entry entry = entries.remove(name);
        if (entry != null) {
            LOG.info("withdrawn model={}", name);
            retire(entry.serving);
            updateReady();
        }
    }

    private void inBackground(Runnable work) {
        background.execute(loudly(work));
    }

    /** An executor keeps what a task throws to itself. */
    private static Runnable loudly(Runnable work) {
        return () -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                LOG.error("bug in background work", e);
                throw e;
            }
        };
    }

    private void load(Event<Deploy> event, Duration pause) {
        if (!isAwaited(event)) {
            return;
        }
        Deploy deploy = event.data();
        try {
            long start = System.nanoTime();
            TextModel model = loader.load(deploy);
            LOG.info("model loaded model={} revision={} millis={}", deploy.getModelName(), deploy.getRevision(), (System.nanoTime() - start) / 1_000_000);
            swap(event, model);
        } catch (IOException e) {
            LOG.warn("model unavailable, trying again model={} revision={} pauseMillis={} reason={}", deploy.getModelName(), deploy.getRevision(), pause.toMillis(), e.toString());
            note(event, State.LOADING, "The store cannot be reached, trying again: " + e.getMessage());
            background.schedule(loudly(() -> load(event, longer(pause))), pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RuntimeException | Error e) {
            LOG.error("model cannot be served model={} revision={}", deploy.getModelName(), deploy.getRevision(), e);
            String reason = e.getMessage() == null ? e.toString() : e.getMessage();
            note(event, State.FAILED, reason);
            onFailure.accept(event, reason);
        }
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }

    private synchronized boolean isAwaited(Event<Deploy> event) {
        return isWanted(event) && entries.get(event.data().getModelName()).state == State.LOADING;
    }

    private synchronized boolean isWanted(Event<Deploy> event) {
        Entry entry = entries.get(event.data().getModelName());
        return entry != null && entry.wanted.data().equals(event.data());
    }

    private synchronized void swap(Event<Deploy> event, TextModel model) {
        Deploy deploy = event.data();
        ServedRevision loaded = new ServedRevision(deploy, model, () -> inBackground(() -> close(deploy, model)));
        if (!isWanted(event)) {
            loaded.retire();
            return;
        }
        Entry entry = entries.get(deploy.getModelName());
        ServedRevision former = entry.serving;
        entry.serving = loaded;
        note(event, State.SERVING, "");
        retire(former);
    }

    private static void retire(ServedRevision revision) {
        if (revision != null) {
            revision.retire();
        }
    }

    private void close(Deploy deploy, TextModel model) {
        model.close();
        LOG.info("revision closed model={} revision={}", deploy.getModelName(), deploy.getRevision());
        if (!isServed(deploy)) {
            loader.forget(deploy);
        }
    }

    private synchronized boolean isServed(Deploy deploy) {
        return entries.values().stream().anyMatch(entry -> entry.wanted.data().getModel().equals(deploy.getModel()));
    }

    private synchronized void note(Event<Deploy> event, State state, String message) {
        if (isWanted(event)) {
            Entry entry = entries.get(event.data().getModelName());
            entry.state = state;
            entry.message = message;
            updateReady();
        }
    }

    private void updateReady() {
        ready |= replayed && entries.values().stream().noneMatch(entry -> entry.state == State.LOADING);
    }

    /** True for good once the topic has been read to its end and each model it named was loaded or had failed. */
    synchronized boolean isReady() {
        return ready;
    }

    /**
     * The revision that answers to the name now, held open.
     *
     * @throws StatusException UNAVAILABLE before the registry is read or the first revision loaded, NOT_FOUND where
     *     nothing answers to the name; the sentence lists what does
     */
    synchronized ServedRevision.Lease lease(String name) throws StatusException {
        requireServed(name);
        return entries.get(name).serving.lease();
    }

    /** Throws as {@link #lease} would. */
    synchronized void requireServed(String name) throws StatusException {
        Entry entry = entries.get(name);
        if (entry != null && entry.serving != null) {
            return;
        }
        if (entry != null && entry.state == State.LOADING) {
            throw refusal(Status.UNAVAILABLE, "Model \"" + name + "\" is still being loaded. Try again in a moment.");
        }
        if (!replayed) {
            throw refusal(Status.UNAVAILABLE, "The registry of models is still being read. Try again in a moment.");
        }
        if (entry != null) {
            throw refusal(Status.NOT_FOUND, "Model \"" + name + "\" could not be loaded in revision " + entry.wanted.data().getRevision() + ": " + entry.message);
        }
        throw refusal(Status.NOT_FOUND, "No model is deployed under the name \"" + name + "\". Deployed are: " + served() + ".");
    }

    private String served() {
        List<String> names = entries.entrySet().stream().filter(entry -> entry.getValue().serving != null).map(Map.Entry::getKey).toList();
        return names.isEmpty() ? "none" : String.join(", ", names);
    }

    private static StatusException refusal(Status status, String sentence) {
        return status.withDescription(sentence).asException();
    }

    synchronized List<ServedModel> list() {
        return entries.values().stream().map(ModelRegistry::describe).toList();
    }

    private static ServedModel describe(Entry entry) {
        Deploy deploy = entry.serving == null ? entry.wanted.data() : entry.serving.deploy();
        ServedModel.Builder model = ServedModel.newBuilder().setName(deploy.getModelName()).setRevision(deploy.getRevision())
                .setBaseModel(deploy.getBaseModel()).setScheme(deploy.getScheme())
                .setState(entry.state.name().toLowerCase(java.util.Locale.ROOT)).setMessage(entry.message);
        if (entry.serving != null) {
            model.setParameters(entry.serving.model().parameters()).setContextLength(entry.serving.model().contextLength());
        }
        return model.build();
    }

    /** Withdraws everything; models close as their answers end. */
    synchronized void close() {
        Set.copyOf(entries.keySet()).forEach(this::withdraw);
    }
}

package dev.hone.llm.engine;

import dev.hone.llm.forward.Adapter;
import dev.hone.llm.forward.ForwardModel;
import dev.hone.llm.kernel.WorkTeam;
import dev.hone.llm.text.ChatTokenizer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Packs models and checks what is asked on the callers' threads; {@link Scheduler} does the rest. */
final class ContinuousEngine implements Engine {
    /** What is cancelled ends at the next step; this is for the slowest of steps. */
    private static final Duration LAST_STEP = Duration.ofMinutes(1);

    private final EngineSettings settings;
    private final Weights weights;
    private final EngineObserver observer;
    private final WorkTeam team;
    private final CacheBudget budget;
    private final Admission admission;
    private final Scheduler scheduler;
    private final Thread thread;
    private final ExecutorService carriers = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("hone-answer-", 0).factory());
    private final Set<HostedModel> models = ConcurrentHashMap.newKeySet();
    private final Set<HostedAdapter> adapters = ConcurrentHashMap.newKeySet();
    private final Set<String> compiled = ConcurrentHashMap.newKeySet();
    private final AtomicLong arrivals = new AtomicLong();
    private volatile boolean closed;

    ContinuousEngine(EngineSettings settings, EngineObserver observer, Weights weights, WorkTeam team) {
        this.settings = settings;
        this.weights = weights;
        this.observer = new GuardedObserver(observer);
        this.team = team;
        this.budget = new CacheBudget(settings.cacheBytes());
        this.admission = new Admission(settings);
        this.scheduler = new Scheduler(settings, budget, admission, this.observer, team);
        this.thread = Thread.ofPlatform().name("hone-engine").daemon().start(scheduler);
    }

    @Override
    public LoadedModel load(Path modelDirectory, ServedAs as) {
        return host(() -> ChatTokenizer.load(modelDirectory), () -> weights.load(modelDirectory, as), as);
    }

    @Override
    public LoadedModel loadMerged(Path baseDirectory, Path adapterDirectory, ServedAs as) {
        return host(() -> weights.tokenizer(baseDirectory, adapterDirectory), () -> weights.loadMerged(baseDirectory, adapterDirectory, as), as);
    }

    private HostedModel host(Supplier<ChatTokenizer> loadTokenizer, Supplier<ForwardModel> loadWeights, ServedAs as) {
        if (closed) {
            throw new IllegalStateException("The engine is closed: load models with a new one.");
        }
        ChatTokenizer tokenizer = loadTokenizer.get();
        try {
            ForwardModel forward = loadWeights.get();
            try {
                return host(forward, tokenizer, as);
            } catch (RuntimeException | Error e) {
                forward.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            tokenizer.close();
            throw e;
        }
    }

    private HostedModel host(ForwardModel forward, ChatTokenizer tokenizer, ServedAs as) {
        if (compiled.add(kind(forward, as))) {
            WarmUp.run(forward, settings.warmUp());
        }
        HostedModel model = new HostedModel(this, forward, tokenizer, budget, settings.cacheBytes(), this::retire);
        models.add(model);
        scheduler.add(model.lane());
        return model;
    }

    /** Models of one kind are computed by the same code: family, type and bits of a weight. */
    private static String kind(ForwardModel forward, ServedAs as) {
        return forward.config().modelType() + " " + as + " " + 8 * forward.bytes() / forward.parameters();
    }

    /** Memory is given back on a thread of its own: it may take longer than a step. */
    private void retire(HostedModel model) {
        scheduler.remove(model.lane(), () -> carriers.execute(() -> free(model)));
    }

    private void free(HostedModel model) {
        if (models.remove(model)) {
            model.free();
        }
    }

    @Override
    public LoadedAdapter loadAdapter(LoadedModel base, Path adapterDirectory) {
        HostedModel model = own(base);
        if (!model.uses().enter()) {
            throw closedModel();
        }
        try {
            Adapter forward = model.forward().adapter(adapterDirectory);
            HostedAdapter adapter = new HostedAdapter(model, forward, this::retire);
            adapters.add(adapter);
            return adapter;
        } finally {
            model.uses().leave();
        }
    }

    private static IllegalStateException closedModel() {
        return new IllegalStateException("The model is closed: ask the one that was loaded in its place.");
    }

    private void retire(HostedAdapter adapter) {
        scheduler.tell(() -> {
            adapter.base().lane().pool().forgetAdapter(adapter);
            carriers.execute(() -> free(adapter));
        });
    }

    private void free(HostedAdapter adapter) {
        if (adapters.remove(adapter)) {
            adapter.forward().close();
        }
    }

    @Override
    public Ticket ask(Ask ask, AnswerListener listener) throws EngineBusy {
        HostedModel model = own(ask.model());
        Checks.ask(ask, model);
        Request request = enter(model, ask.adapter(), ask.prefixKey(), ask.deadlineNanos());
        Mailbox mailbox = new Mailbox(listener, carriers, request::cancel, admission::told);
        Sequence sequence = new Sequence(request, 0, ask.prompt());
        scheduler.enter(model.lane(), sequence.with(new AnswerTask(sequence, ask, mailbox, new TokenClock(model, observer, request.askedNanos()))));
        return request;
    }

    @Override
    public CompletableFuture<List<List<TokenLogprob>>> score(LoadedModel model, Optional<LoadedAdapter> adapter, int[] context, List<int[]> continuations, long deadlineNanos) throws EngineBusy {
        HostedModel own = own(model);
        Checks.score(context, continuations, own);
        CompletableFuture<List<List<TokenLogprob>>> future = new CompletableFuture<>();
        if (continuations.stream().allMatch(tokens -> tokens.length == 0)) {
            future.complete(continuations.stream().map(tokens -> List.<TokenLogprob>of()).toList());
            return future;
        }
        Request request = enter(own, adapter, "", deadlineNanos);
        ScoreTask.Group group = new ScoreTask.Group(context, continuations, new TokenTeller(own.tokenBytes(), 1), request, outcome(future, request));
        scheduler.enter(own.lane(), group.first());
        return future;
    }

    @Override
    public CompletableFuture<float[]> embed(LoadedModel model, Optional<LoadedAdapter> adapter, int[] text, long deadlineNanos) throws EngineBusy {
        HostedModel own = own(model);
        Checks.text(text, own);
        CompletableFuture<float[]> future = new CompletableFuture<>();
        Request request = enter(own, adapter, "", deadlineNanos);
        EmbedTask task = new EmbedTask(text.length, own.forward().config().hiddenSize(), outcome(future, request));
        scheduler.enter(own.lane(), new Sequence(request, 0, text).with(task));
        return future;
    }

    private <T> Outcome<T> outcome(CompletableFuture<T> future, Request request) {
        future.whenComplete((value, failure) -> {
            if (future.isCancelled()) {
                request.cancel();
            }
        });
        return new Outcome<>(future, carriers, admission::told);
    }

    private HostedModel own(LoadedModel model) {
        if (model instanceof HostedModel hosted && hosted.isOf(this)) {
            return hosted;
        }
        throw new IllegalArgumentException("Expected a model that this engine loaded, found another's.");
    }

    private Request enter(HostedModel model, Optional<LoadedAdapter> adapter, String prefixKey, long deadlineNanos) throws EngineBusy {
        Optional<HostedAdapter> own = adapter.map(one -> Checks.adapter(one, model));
        admission.enter();
        if (!model.uses().enter()) {
            throw refused(closedModel());
        }
        if (own.isPresent() && !own.get().uses().enter()) {
            model.uses().leave();
            throw refused(new IllegalStateException("The adapter is closed: load it again."));
        }
        return new Request(model.lane(), own, prefixKey, deadlineNanos, arrivals.getAndIncrement(), scheduler::wake);
    }

    private IllegalStateException refused(IllegalStateException reason) {
        admission.leave();
        admission.told();
        return reason;
    }

    @Override
    public EngineStatus status() {
        return scheduler.status();
    }

    @Override
    public void drain(Duration grace) {
        admission.stop();
        try {
            if (!admission.awaitEmpty(grace.toNanos())) {
                scheduler.endAll();
                admission.awaitEmpty(LAST_STEP.toNanos());
            }
        } catch (InterruptedException e) {
            scheduler.endAll();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
        drain(Duration.ZERO);
        scheduler.stop();
        join();
        adapters.forEach(this::free);
        models.forEach(this::free);
        carriers.shutdown();
        team.close();
    }

    /** Weights are freed only when no step reads them any more. */
    private void join() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.hone.llm.engine;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An observer whose bugs end no answer: the first is logged. */
final class GuardedObserver implements EngineObserver {
    private static final Logger log = LoggerFactory.getLogger(GuardedObserver.class);

    private final EngineObserver observer;
    private final AtomicBoolean logged = new AtomicBoolean();

    GuardedObserver(EngineObserver observer) {
        this.observer = observer;
    }

    @Override
    public void stepped(LoadedModel model, int sequences, int promptTokens, int answerTokens, long nanos) {
        guard(() -> observer.stepped(model, sequences, promptTokens, answerTokens, nanos));
    }

    @Override
    public void admitted(LoadedModel model, long waitedNanos) {
        guard(() -> observer.admitted(model, waitedNanos));
    }

    @Override
    public void firstToken(LoadedModel model, long sinceAskedNanos) {
        guard(() -> observer.firstToken(model, sinceAskedNanos));
    }

    @Override
    public void nextToken(LoadedModel model, long sinceLastNanos) {
        guard(() -> observer.nextToken(model, sinceLastNanos));
    }

    @Override
    public void preempted(LoadedModel model) {
        guard(() -> observer.preempted(model));
    }

    private void guard(Runnable telling) {
        try {
            telling.run();
        } catch (RuntimeException e) {
            if (logged.compareAndSet(false, true)) {
                log.warn("What observes the engine failed; it is told on, and this is logged once.", e);
            }
        }
    }
}

package dev.hone.llm.engine;

/** Tells an observer when an answer's tokens come. Confined to the engine's thread. */
final class TokenClock implements AnswerTask.Clock {
    private final HostedModel model;
    private final EngineObserver observer;
    private final long askedNanos;
    private long lastNanos;

    TokenClock(HostedModel model, EngineObserver observer, long askedNanos) {
        this.model = model;
        this.observer = observer;
        this.askedNanos = askedNanos;
    }

    @Override
    public void token(boolean first) {
        long now = System.nanoTime();
        if (first) {
            observer.firstToken(model, now - askedNanos);
        } else {
            observer.nextToken(model, now - lastNanos);
        }
        lastNanos = now;
    }
}

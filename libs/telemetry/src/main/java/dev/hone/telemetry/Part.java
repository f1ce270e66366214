package dev.hone.telemetry;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;

/** A part of the work at hand with a span of its own, below the one that this thread is in; nothing where there are no traces. */
public final class Part implements AutoCloseable {
    private final Span span;
    private final Scope scope;

    private Part(String name) {
        span = GlobalOpenTelemetry.getTracer("dev.hone.telemetry").spanBuilder(name).startSpan();
        scope = span.makeCurrent();
    }

    /** Begins a part on this thread, which also closes it. */
    public static Part of(String name) {
        return new Part(name);
    }

    /** Says more of it; never what users wrote. */
    public Part with(String key, String value) {
        span.setAttribute(key, value);
        return this;
    }

    /** It did not go well. */
    public void failed(Throwable why) {
        span.setAttribute("error.type", why.getClass().getName()).setStatus(StatusCode.ERROR, String.valueOf(why.getMessage()));
    }

    @Override
    public void close() {
        scope.close();
        span.end();
    }
}

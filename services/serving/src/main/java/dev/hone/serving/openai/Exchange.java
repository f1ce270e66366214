package dev.hone.serving.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.outlet.PacedWriter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.CompletableFuture;

/** One HTTP request and its response: one JSON document, or server-sent events. Everything is written on its event loop. */
final class Exchange {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServerResponse response;
    private final Context thread;
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private PacedWriter<Buffer> events;

    /** To be made on the request's event loop. */
    Exchange(RoutingContext http) {
        response = http.response();
        thread = Vertx.currentContext();
        // not the response's own handlers, which others hear of the end through
        http.addEndHandler(ended -> gone.complete(null));
    }

    /** Runs when the client goes away, also after it has been answered. */
    void whenGone(Runnable action) {
        gone.thenRun(action);
    }

    void run(Runnable work) {
        thread.runOnContext(go -> work.run());
    }

    <T extends JsonNode> void reply(CompletableFuture<T> body) {
        body.whenComplete((json, failure) -> run(() -> {
            if (failure != null) {
                refuse(failure);
            } else {
                json(200, json);
            }
        }));
    }

    private void json(int status, JsonNode body) {
        if (!response.closed() && !response.ended()) {
            response.setStatusCode(status).putHeader("content-type", "application/json").end(print(body));
        }
    }

    /** As a status where nothing was said yet, otherwise as the last event. */
    void refuse(Throwable failure) {
        Refusal refusal = Errors.of(failure);
        if (events != null) {
            events.send(event(print(Errors.body(refusal))), 0);
            events.end(response::end);
            return;
        }
        if (response.closed() || response.ended()) {
            return;
        }
        if (Errors.retryAfter(refusal) > 0) {
            response.putHeader("retry-after", Long.toString(Errors.retryAfter(refusal)));
        }
        if (refusal.code() == Refusal.Code.UNAUTHENTICATED) {
            response.putHeader("www-authenticate", "Bearer");
        }
        json(Errors.status(refusal), Errors.body(refusal));
    }

    /** The response is a stream of events from here on. @param stop what makes them, when nobody reads them */
    void stream(Runnable stop) {
        if (events != null || response.closed() || response.ended()) {
            return;
        }
        response.setStatusCode(200).setChunked(true).putHeader("content-type", "text/event-stream; charset=utf-8")
                .putHeader("cache-control", "no-cache").putHeader("x-accel-buffering", "no");
        events = new PacedWriter<>(Runnable::run, outlet(), PacedWriter.USUAL_BOUND, () -> {
            stop.run();
            response.reset();
        });
        response.drainHandler(drained -> events.ready());
        whenGone(() -> run(events::abandon));
    }

    private PacedWriter.Outlet<Buffer> outlet() {
        return new PacedWriter.Outlet<>() {
            @Override
            public boolean isReady() {
                return response.closed() || !response.writeQueueFull();
            }

            @Override
            public void write(Buffer event) {
                if (!response.closed()) {
                    response.write(event);
                }
            }
        };
    }

    void send(JsonNode event) {
        Buffer written = event(print(event));
        if (events != null) {
            events.send(written, written.length());
        }
    }

    void done() {
        if (events != null) {
            events.send(event(Buffer.buffer("[DONE]")), 0);
            events.end(() -> {
                if (!response.closed()) {
                    response.end();
                }
            });
        }
    }

    private static Buffer event(Buffer data) {
        return Buffer.buffer("data: ").appendBuffer(data).appendString("\n\n");
    }

    private static Buffer print(JsonNode body) {
        try {
            return Buffer.buffer(JSON.writeValueAsBytes(body));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON cannot fail to be printed", e);
        }
    }
}

package dev.hone.serving;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The HTTP/2 connections that requests came by. A gRPC client keeps its connection for good, also to a replica that its
 * service's address no longer leads to; told to go away it opens another one, which leads elsewhere, and loses no request.
 */
@Singleton
class OpenConnections {
    private static final int BEFORE_EVERYTHING = 1000;

    private final Set<HttpConnection> open = Collections.newSetFromMap(new WeakHashMap<>());

    void note(@Observes Filters filters) {
        filters.register(http -> {
            if (http.request().version() == HttpVersion.HTTP_2) {
                synchronized (open) {
                    open.add(http.request().connection());
                }
            }
            http.next();
        }, BEFORE_EVERYTHING);
    }

    /** What is being answered on them may end within the grace; they take nothing new. */
    void sendAway(Duration grace) {
        List<HttpConnection> told;
        synchronized (open) {
            told = List.copyOf(open);
        }
        told.forEach(connection -> connection.shutdown(grace.toMillis(), TimeUnit.MILLISECONDS));
    }
}

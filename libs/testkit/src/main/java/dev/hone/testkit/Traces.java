package dev.hone.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a {@link TraceCollector} was sent. @param collector its endpoint */
public record Traces(String collector) {

    /** A span as it was sent. @param attributes {@code key=value}, with blanks between */
    public record Span(String trace, String id, String parent, String service, String name, String attributes) {
        private static Span of(String line) {
            String[] parts = line.split("\t", 6);
            return new Span(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
        }
    }

    /** {@code traceparent} of a sampled span of a caller. */
    public static String parent(String trace) {
        return "00-" + trace + "-b7ad6b7169203331-01";
    }

    /** All spans of a trace that have come so far. */
    public List<Span> of(String trace) {
        try (HttpClient http = HttpClient.newHttpClient()) {
            String lines = http.send(HttpRequest.newBuilder(URI.create(collector + "/spans")).build(), HttpResponse.BodyHandlers.ofString()).body();
            return lines.lines().map(Span::of).filter(span -> span.trace().equals(trace)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking for spans", e);
        }
    }

    /**
     * Waits for spans of these names in a trace, each the parent of the next.
     *
     * @return them, in this order
     */
    public List<Span> awaitChain(String trace, Duration patience, String... names) {
        Await.until("the chain " + String.join(" > ", names) + " in trace " + trace, patience, () -> !chain(of(trace), names).isEmpty());
        return chain(of(trace), names);
    }

    /** The chain, read from its end; empty where a link is missing. */
    public static List<Span> chain(List<Span> spans, String... names) {
        Map<String, Span> byId = spans.stream().collect(Collectors.toMap(Span::id, span -> span, (first, again) -> first));
        return spans.stream().filter(span -> span.name().equals(names[names.length - 1])).map(last -> up(byId, last, names))
                .filter(chain -> !chain.isEmpty()).findFirst().orElse(List.of());
    }

    private static List<Span> up(Map<String, Span> byId, Span last, String[] names) {
        java.util.LinkedList<Span> chain = new java.util.LinkedList<>(List.of(last));
        for (int i = names.length - 2; i >= 0; i--) {
            Span above = byId.get(chain.getFirst().parent());
            if (above == null || !above.name().equals(names[i])) {
                return List.of();
            }
            chain.addFirst(above);
        }
        return List.copyOf(chain);
    }
}

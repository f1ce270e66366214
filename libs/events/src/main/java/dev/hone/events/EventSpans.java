package dev.hone.events;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The spans of records, by OpenTelemetry's conventions for messaging with Kafka: {@code send} where one is written,
 * {@code process} where one is handled. Without a telemetry SDK in the process they are nothing, and a trace context that
 * came with a cause is handed on as it is.
 */
final class EventSpans {
    private static final String SCOPE = "dev.hone.events";
    private static final String TRACEPARENT = "traceparent";
    private static final TextMapGetter<Map<String, String>> FROM_MAP = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Map<String, String> carrier) {
            return List.of(TRACEPARENT);
        }

        @Override
        public String get(Map<String, String> carrier, String key) {
            return carrier == null ? null : carrier.get(key);
        }
    };

    private EventSpans() {}

    /** A child of what this thread is at, and otherwise of the cause. */
    static Span send(Topic topic, Cause cause) {
        return builder("send", topic, SpanKind.PRODUCER).setParent(at(cause)).startSpan();
    }

    /** A child of the span that wrote the record. */
    static Span process(Topic topic, ConsumerRecord<String, byte[]> record) {
        return builder("process", topic, SpanKind.CONSUMER).setParent(parsed(EventCodec.traceparent(record)))
                .setAttribute("messaging.destination.partition.id", String.valueOf(record.partition()))
                .setAttribute("messaging.kafka.offset", record.offset()).startSpan();
    }

    private static SpanBuilder builder(String operation, Topic topic, SpanKind kind) {
        return GlobalOpenTelemetry.getTracer(SCOPE).spanBuilder(operation + " " + topic.topicName()).setSpanKind(kind)
                .setAttribute("messaging.system", "kafka").setAttribute("messaging.operation.name", operation)
                .setAttribute("messaging.operation.type", operation).setAttribute("messaging.destination.name", topic.topicName());
    }

    /** What event the span is about. */
    static void describe(Span span, Event<?> event) {
        span.setAttribute("messaging.message.id", event.id()).setAttribute("messaging.message.conversation_id", event.correlationId())
                .setAttribute("messaging.kafka.message.key", event.subject());
    }

    static void failed(Span span, String type, String sentence) {
        span.setAttribute("error.type", type).setStatus(StatusCode.ERROR, sentence);
    }

    /** In W3C's form; empty where there is no trace. */
    static String traceparent(Span span) {
        return traceparent(span.getSpanContext());
    }

    /** Where an event of this cause lies in the trace when no span is made for it. */
    static String traceparent(Cause cause) {
        return traceparent(Span.fromContext(at(cause)));
    }

    private static Context at(Cause cause) {
        return Span.current().getSpanContext().isValid() ? Context.current() : parsed(cause.traceparent());
    }

    private static Context parsed(String traceparent) {
        return W3CTraceContextPropagator.getInstance().extract(Context.root(), Map.of(TRACEPARENT, traceparent), FROM_MAP);
    }

    private static String traceparent(SpanContext context) {
        return context.isValid() ? "00-" + context.getTraceId() + "-" + context.getSpanId() + "-" + context.getTraceFlags().asHex() : "";
    }
}

package dev.hone.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Deploy;
import dev.hone.v1.RunFailed;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class EventSpansTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PARENT = "00f067aa0ba902b7";

    @RegisterExtension
    static final OpenTelemetryExtension TELEMETRY = OpenTelemetryExtension.create();

    private final MockProducer<String, byte[]> producer = new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
    private final EventPublisher publisher = new EventPublisher(producer, "serving");
    private final Inbox inbox = new Inbox(publisher, EventObserver.NOBODY, Duration.ofMillis(1), Duration.ofMillis(2));

    private static ConsumerRecord<String, byte[]> record(String json) {
        ConsumerRecord<String, byte[]> record = new ConsumerRecord<>("deploy", 2, 7, "support", json.getBytes(StandardCharsets.UTF_8));
        record.headers().add("traceparent", ("00-" + TRACE + "-" + PARENT + "-01").getBytes(StandardCharsets.UTF_8));
        return record;
    }

    private static String deploy() {
        return EventJson.print(Deploy.newBuilder().setModelName("support").setRevision("r1").setModel(ArtifactRef.newBuilder().setManifest("models/r1/int8/manifest.json")));
    }

    private static RunFailed failure() {
        return RunFailed.newBuilder().setRunId("r1").setStage("serve").setCode("c").setMessage("m").setKind("error").build();
    }

    private static String header(ProducerRecord<String, byte[]> record) {
        return new String(record.headers().lastHeader("traceparent").value(), StandardCharsets.UTF_8);
    }

    @Test
    void givenARecordOfATrace_whenItsHandlerWritesAnother_thenEachSpanIsTheParentOfTheNextAndTheHeaderNamesTheLast() throws Exception {
        inbox.<Deploy>handle(Topic.DEPLOY, record(deploy()), event -> publisher.publish(Topic.RUN_FAILED, failure(), event.asCause()));

        SpanData send = TELEMETRY.getSpans().get(0);
        SpanData process = TELEMETRY.getSpans().get(1);
        assertEquals("process deploy", process.getName());
        assertEquals(SpanKind.CONSUMER, process.getKind());
        assertEquals(TRACE, process.getTraceId());
        assertEquals(PARENT, process.getParentSpanId());
        assertEquals("send run.failed", send.getName());
        assertEquals(SpanKind.PRODUCER, send.getKind());
        assertEquals(process.getSpanId(), send.getParentSpanId());
        assertEquals("00-" + TRACE + "-" + send.getSpanId() + "-01", header(producer.history().getFirst()));
        assertEquals("kafka", process.getAttributes().get(AttributeKey.stringKey("messaging.system")));
        assertEquals("deploy", process.getAttributes().get(AttributeKey.stringKey("messaging.destination.name")));
        assertEquals(7L, process.getAttributes().get(AttributeKey.longKey("messaging.kafka.offset")));
        assertEquals("r1", send.getAttributes().get(AttributeKey.stringKey("messaging.kafka.message.key")));
    }

    @Test
    void givenARecordThatIsPutAside_whenHandled_thenItsSpanSaysWhy() throws Exception {
        inbox.handle(Topic.DEPLOY, record("{oops"), event -> { });

        SpanData process = TELEMETRY.getSpans().getFirst();
        assertEquals(StatusCode.ERROR, process.getStatus().getStatusCode());
        assertEquals("invalid_json", process.getAttributes().get(AttributeKey.stringKey("error.type")));
    }

    @Test
    void givenAThreadOutsideOfAnySpan_whenItWrites_thenTheCausesTraceGoesOn() {
        publisher.publish(Topic.RUN_FAILED, failure(), new Cause("id", "r1", "00-" + TRACE + "-" + PARENT + "-01"));

        assertEquals(PARENT, TELEMETRY.getSpans().getFirst().getParentSpanId());
        assertTrue(header(producer.history().getFirst()).startsWith("00-" + TRACE));
    }
}

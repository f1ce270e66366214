package dev.hone.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.hone.v1.RunFailed;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

/** Without a telemetry SDK in the process. */
class TraceHandedOnTest {
    private static final String TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private final MockProducer<String, byte[]> producer = new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
    private final EventPublisher publisher = new EventPublisher(producer, "serving");

    private static RunFailed failure() {
        return RunFailed.newBuilder().setRunId("r1").setStage("serve").setCode("c").setMessage("m").setKind("error").build();
    }

    @Test
    void givenACauseWithATrace_whenAnEventIsWritten_thenTheTraceIsHandedOnAsItIs() {
        publisher.publish(Topic.RUN_FAILED, failure(), new Cause("id", "r1", TRACEPARENT));

        assertEquals(TRACEPARENT, new String(producer.history().getFirst().headers().lastHeader("traceparent").value(), StandardCharsets.UTF_8));
    }

    @Test
    void givenACauseWithoutATrace_whenAnEventIsWritten_thenNoneIsMadeUp() {
        publisher.publish(Topic.RUN_FAILED, failure(), Cause.outside("upload"));

        assertNull(producer.history().getFirst().headers().lastHeader("traceparent"));
    }
}

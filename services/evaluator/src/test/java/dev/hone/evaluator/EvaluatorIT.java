package dev.hone.evaluator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.events.Cause;
import dev.hone.events.EventJson;
import dev.hone.events.EventPublisher;
import dev.hone.events.KafkaSettings;
import dev.hone.events.Topic;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.HoneTestResource;
import dev.hone.testkit.KafkaProbe;
import dev.hone.testkit.Traces;
import dev.hone.testkit.TracesTestResource;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.EvalDone;
import dev.hone.v1.EvalScore;
import dev.hone.v1.GateRecipe;
import dev.hone.v1.QuantizeDone;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(HoneTestResource.class)
@QuarkusTestResource(TracesTestResource.class)
class EvaluatorIT {
    private static final Duration PATIENCE = Duration.ofSeconds(180);
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    private final HoneServers servers = HoneServers.start();

    private void request(QuantizeDone done) {
        try (EventPublisher quantizer = new EventPublisher(KafkaSettings.of(servers.bootstrapServers()), "quantizer")) {
            quantizer.publish(Topic.QUANTIZE_DONE, done, new Cause("test/" + done.getRunId(), "", done.getRunId().equals("passed") ? Traces.parent(TRACE) : ""));
        }
    }

    private static QuantizeDone withGate(String run, GateRecipe.Builder gate) {
        QuantizeDone.Builder done = TinyWorld.quantized(run).toBuilder();
        done.getRecipeBuilder().setGate(gate.setMaxRows(2).setMaxNewTokens(4));
        return done.build();
    }

    /** Random models: no limit that they could miss. */
    private static GateRecipe.Builder lenient() {
        return GateRecipe.newBuilder().setMinLossImprovement(-1).setMaxQuantizationLoss(10).setMinExactMatch(0);
    }

    @Test
    void givenTwoRuns_whenOnlyTheSecondBeatsItsGate_thenBothAreReportedAndOnlyTheSecondIsDeployed() {
        try (KafkaProbe probe = new KafkaProbe(servers.bootstrapServers())) {
            request(withGate("refused", lenient().setMinLossImprovement(0.9)));
            String refused = KafkaProbe.text(probe.await("eval.done", PATIENCE, record -> "refused".equals(record.key())));
            assertTrue(refused.contains("Not passed."), refused);

            request(withGate("passed", lenient()));
            ConsumerRecord<String, byte[]> passed = probe.await("eval.done", PATIENCE, record -> "passed".equals(record.key()));
            for (String expected : List.of("\"passed\":true", "\"candidate\":\"base\"", "\"candidate\":\"adapter\"", "\"candidate\":\"int8\"", "\"candidate\":\"int4\"", "reports/passed/manifest.json")) {
                assertTrue(KafkaProbe.text(passed).contains(expected), expected + " in " + KafkaProbe.text(passed));
            }
            assertEquals("passed", KafkaProbe.header(passed, "ce_correlationid"));

            ConsumerRecord<String, byte[]> deployed = probe.await("deploy", PATIENCE, record -> TinyWorld.MODEL.equals(record.key()));
            String deploy = KafkaProbe.text(deployed);
            Traces traces = new Traces(ConfigProvider.getConfig().getValue(TracesTestResource.ENDPOINT, String.class));
            List<Traces.Span> chain = traces.awaitChain(TRACE, PATIENCE, "process quantize.done", "job evaluate", "send eval.done", "process eval.done", "send deploy");
            assertEquals("00-" + TRACE + "-" + chain.getLast().id() + "-01", KafkaProbe.header(deployed, "traceparent"));
            assertTrue(deploy.contains("\"revision\":\"passed\"") && deploy.contains("\"scheme\":\"int8\"") && deploy.contains("datasets/passed/manifest.json"), deploy);
            assertFalse(probe.all("deploy").stream().anyMatch(record -> KafkaProbe.text(record).contains("refused")));
            assertTrue(probe.all("run.progress").stream().anyMatch(record -> "passed".equals(record.key()) && KafkaProbe.text(record).contains("evaluate")));
        }
    }

    @Test
    void givenAnEvaluatedRun_whenTheSameRequestComesAgain_thenTheVerySameEventComesAgain() {
        QuantizeDone done = withGate("again", lenient());
        done = done.toBuilder().setRecipe(done.getRecipe().toBuilder().setGate(done.getRecipe().getGate().toBuilder().setDeploy(false))).build();
        try (KafkaProbe probe = new KafkaProbe(servers.bootstrapServers())) {
            request(done);
            ConsumerRecord<String, byte[]> first = probe.await("eval.done", PATIENCE, record -> "again".equals(record.key()));
            request(done);
            ConsumerRecord<String, byte[]> second = probe.await("eval.done", PATIENCE, 2, record -> "again".equals(record.key())).get(1);

            assertEquals(KafkaProbe.header(first, "ce_id"), KafkaProbe.header(second, "ce_id"));
            assertEquals(KafkaProbe.text(first), KafkaProbe.text(second));
            assertFalse(probe.all("deploy").stream().anyMatch(record -> KafkaProbe.text(record).contains("again")), "the recipe asks for a report only");
        }
    }

    @Test
    void givenHeldOutPairs_whenEvaluated_thenEachCandidateButTheBaseSaysHowManyItMoved() throws Exception {
        request(withGate("pairs", lenient()).toBuilder().setDataset(TinyWorld.pairs()).build());
        try (KafkaProbe probe = new KafkaProbe(servers.bootstrapServers())) {
            String json = KafkaProbe.text(probe.await("eval.done", PATIENCE, record -> "pairs".equals(record.key())));
            EvalDone done = EventJson.parse(json, EvalDone.getDefaultInstance());
            assertEquals(List.of(false, true, true, true), done.getScoresList().stream().map(EvalScore::hasPreferenceAccuracy).toList(), json);
            assertEquals(2, done.getScores(0).getRows());
            assertTrue(done.getReason().contains("of 2 pairs"), done.getReason());
        }
    }

    @Test
    void givenADatasetWithoutHeldOutRows_whenEvaluated_thenTheRunFailsByItsSendersFault() {
        QuantizeDone done = withGate("nothing", lenient()).toBuilder().setDataset(ArtifactRef.newBuilder().setManifest(TinyWorld.emptyDataset())).build();
        request(done);
        try (KafkaProbe probe = new KafkaProbe(servers.bootstrapServers())) {
            String failed = KafkaProbe.text(probe.await("run.failed", PATIENCE, record -> "nothing".equals(record.key())));
            assertTrue(failed.contains("no_held_out_rows") && failed.contains("user_error"), failed);
        }
    }
}

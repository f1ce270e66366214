package dev.hone.evaluator;

import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.Inbox;
import dev.hone.events.Topic;
import dev.hone.v1.Deploy;
import dev.hone.v1.EvalDone;
import dev.hone.v1.GateRecipe;
import io.smallrye.reactive.messaging.annotations.Blocking;
import jakarta.inject.Singleton;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code eval.done} → {@code deploy}, where the gate was passed and the recipe wants it. */
@Singleton
class GateListener {

    private static final Logger LOG = LoggerFactory.getLogger(GateListener.class);

    private final Inbox inbox;
    private final EventPublisher publisher;

    GateListener(Inbox inbox, EventPublisher publisher) {
        this.inbox = inbox;
        this.publisher = publisher;
    }

    @Incoming("eval-done")
    @Blocking("gate")
    void evalDone(ConsumerRecord<String, byte[]> record) throws InterruptedException {
        inbox.<EvalDone>handle(Topic.EVAL_DONE, record, this::deployIfPassed);
    }

    private void deployIfPassed(Event<EvalDone> event) {
        EvalDone done = event.data();
        GateRecipe gate = done.getRecipe().getGate();
        boolean wanted = !gate.hasDeploy() || gate.getDeploy();
        LOG.info("gate runId={} passed={} deployWanted={}", done.getRunId(), done.getPassed(), wanted);
        if (done.getPassed() && wanted) {
            publisher.publish(Topic.DEPLOY, deploy(done), event.asCause());
        }
    }

    private static Deploy deploy(EvalDone done) {
        return Deploy.newBuilder()
                .setModelName(done.getModelName())
                .setRevision(done.getRunId())
                .setModel(done.getModel())
                .setBaseModel(done.getBaseModel())
                .setScheme(done.getScheme())
                .setDataset(done.getDataset())
                .build();
    }
}

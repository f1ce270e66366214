package dev.hone.evaluator;

import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.Inbox;
import dev.hone.events.Topic;
import dev.hone.v1.Deploy;
import dev.hone.v1.EvalDone;
import io.smallrye.reactive.messaging.annotations.Blocking;
import jakarta.inject.Singleton;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code eval.done} → {@code deploy}, where the gate was passed. It listens to the fact, and is not the last step of the
 * Job that writes it, so that a deployment follows from what everybody can read.
 */
@Singleton
class DeployListener {
    private static final Logger LOG = LoggerFactory.getLogger(DeployListener.class);

    private final Inbox inbox;
    private final EventPublisher publisher;

    DeployListener(Inbox inbox, EventPublisher publisher) {
        this.inbox = inbox;
        this.publisher = publisher;
    }

    @Incoming("eval-done")
    @Blocking("deploy-listener")
    void evalDone(ConsumerRecord<String, byte[]> record) throws InterruptedException {
        inbox.<EvalDone>handle(Topic.EVAL_DONE, record, this::decide);
    }

    private void decide(Event<EvalDone> event) {
        EvalDone result = event.data();
        boolean wanted = !result.getRecipe().getGate().hasDeploy() || result.getRecipe().getGate().getDeploy();
        LOG.info("gate runId={} model={} passed={} deploy={}", result.getRunId(), result.getModelName(), result.getPassed(), wanted && result.getPassed());
        if (wanted && result.getPassed()) {
            publisher.publish(Topic.DEPLOY, deploy(result), event.asCause());
        }
    }

    static Deploy deploy(EvalDone result) {
        return Deploy.newBuilder().setModelName(result.getModelName()).setRevision(result.getRunId()).setModel(result.getModel())
                .setBaseModel(result.getBaseModel()).setScheme(result.getScheme()).setDataset(result.getDataset()).build();
    }
}

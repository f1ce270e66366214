package dev.hone.evaluator;

import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.Topic;
import dev.hone.llm.eval.EvaluationObserver;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.RunProgress;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code run.progress} from a thread of its own, so that a slow batch or a long load is no silence. A step is a row. */
final class Progress implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Progress.class);
    private static final long PERIOD_MILLIS = 500;

    private final EventPublisher publisher;
    private final Event<QuantizeDone> cause;
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("progress").factory());
    private volatile RunProgress latest;
    private long began = System.nanoTime();
    private long finished;

    Progress(EventPublisher publisher, Event<QuantizeDone> cause) {
        this.publisher = publisher;
        this.cause = cause;
        this.latest = RunProgress.newBuilder().setRunId(cause.data().getRunId()).setModelName(cause.data().getModelName())
                .setStage(EvaluatorBeans.STAGE).setMessage("fetching the models and the dataset").build();
        ticker.scheduleAtFixedRate(this::publish, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    void say(String message) {
        latest = latest.toBuilder().setMessage(message).build();
    }

    /** @param steps rows to score and to answer over all candidates */
    void begin(long steps) {
        began = System.nanoTime();
        latest = latest.toBuilder().setTotalSteps(steps).build();
    }

    EvaluationObserver candidate(String name) {
        say("loading " + name);
        return new EvaluationObserver() {
            private int scored;
            private int answered;

            @Override
            public void scored(int rows, int of, double loss) {
                scored = rows;
                at("scoring " + name, loss);
            }

            @Override
            public void answered(int rows, int of) {
                answered = rows;
                at("answering with " + name, latest.getLoss());
            }

            private void at(String message, double loss) {
                long step = finished + scored + answered;
                double perStep = (System.nanoTime() - began) / 1e9 / Math.max(1, step);
                latest = latest.toBuilder().setMessage(message).setStep(step).setLoss(loss)
                        .setSecondsLeft(perStep * Math.max(0, latest.getTotalSteps() - step)).build();
            }
        };
    }

    /** A candidate is done, whatever its rows came to. */
    void finished(long steps) {
        finished += steps;
        latest = latest.toBuilder().setStep(finished).build();
    }

    /** With the last numbers out, so that who looks on sees the evaluation arrive. */
    @Override
    public void close() {
        ticker.shutdownNow();
        publish();
    }

    private void publish() {
        try {
            publisher.publishLater(Topic.RUN_PROGRESS, latest, cause.asCause(), String.valueOf(System.nanoTime()));
        } catch (RuntimeException e) {
            // An exception would end the ticker, and progress is for the eye: the work goes on without it.
            LOG.warn("progress not published runId={} reason={}", latest.getRunId(), e.toString());
        }
    }
}

package dev.hone.evaluator;

import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.ProgressTicker;
import dev.hone.llm.eval.EvaluationObserver;
import dev.hone.telemetry.jobs.JobFigures;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.RunProgress;

/** {@code run.progress} of an evaluation. A step is a row. */
final class Progress implements AutoCloseable {
    private final ProgressTicker ticker;
    private long began = System.nanoTime();
    private long finished;

    Progress(EventPublisher publisher, Event<QuantizeDone> cause) {
        this.ticker = new ProgressTicker(publisher, cause.asCause(), RunProgress.newBuilder().setRunId(cause.data().getRunId()).setModelName(cause.data().getModelName())
                .setStage(EvaluatorBeans.STAGE).setMessage("fetching the models and the dataset").build(), JobFigures.since(cause.time()));
    }

    void say(String message) {
        ticker.update(latest -> latest.setMessage(message));
    }

    /** @param steps rows to score and to answer over all candidates */
    void begin(long steps) {
        began = System.nanoTime();
        ticker.update(latest -> latest.setTotalSteps(steps));
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
                at("answering with " + name, ticker.latest().getLoss());
            }

            private void at(String message, double loss) {
                long step = finished + scored + answered;
                double perStep = (System.nanoTime() - began) / 1e9 / Math.max(1, step);
                ticker.update(latest -> latest.setMessage(message).setStep(step).setLoss(loss)
                        .setSecondsLeft(perStep * Math.max(0, latest.getTotalSteps() - step)));
            }
        };
    }

    /** A candidate is done, whatever its rows came to. */
    void finished(long steps) {
        finished += steps;
        ticker.update(latest -> latest.setStep(finished));
    }

    /** With the last numbers out, so that who looks on sees the evaluation arrive. */
    @Override
    public void close() {
        ticker.close();
    }
}

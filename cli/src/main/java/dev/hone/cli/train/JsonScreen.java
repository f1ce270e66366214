package dev.hone.cli.train;

import static dev.hone.cli.console.JsonEvents.event;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.cli.console.JsonEvents;
import dev.hone.llm.estimate.Estimate;
import dev.hone.llm.train.FineTuneResult;
import dev.hone.llm.train.StepReport;
import dev.hone.llm.train.ValidationReport;
import java.io.PrintStream;

/** One JSON object a line, told apart by {@code event}; what is not known is null. */
record JsonScreen(PrintStream out) implements Screen {

    private void print(ObjectNode event) {
        JsonEvents.print(out, event);
    }

    /** JSON has no NaN. */
    private static void number(ObjectNode node, String key, double value) {
        if (Double.isFinite(value)) {
            node.put(key, value);
        } else {
            node.putNull(key);
        }
    }

    @Override
    public void note(String sentence) {
        print(event("note").put("message", sentence));
    }

    @Override
    public void begins(String model, long rows, long validationRows, ObjectNode recipe) {
        ObjectNode event = event("start").put("model", model).put("train_rows", rows).put("validation_rows", validationRows);
        event.set("recipe", recipe);
        print(event);
    }

    @Override
    public void predicted(Estimate estimate) {
        ObjectNode event = event("estimate").put("parameters", estimate.parameters()).put("trainable_parameters", estimate.trainableParameters())
                .put("memory_bytes", Math.round(estimate.bytes())).put("gradient_checkpointing", estimate.recomputes()).put("steps", estimate.steps());
        number(event, "seconds", estimate.seconds());
        ObjectNode parts = event.putObject("memory");
        estimate.memory().parts().forEach((name, bytes) -> parts.put(name.replace(' ', '_'), Math.round(bytes)));
        print(event);
    }

    @Override
    public void step(StepReport r) {
        ObjectNode event = event("step").put("step", r.step()).put("total_steps", r.totalSteps());
        number(event, "loss", r.loss());
        number(event, "learning_rate", r.learningRate());
        number(event, "grad_norm", r.gradNorm());
        number(event, "tokens_per_second", r.tokensPerSecond());
        number(event, "seconds_left", r.secondsLeft());
        event.put("trained_tokens", r.trainedTokens());
        print(event);
    }

    @Override
    public void validated(ValidationReport r) {
        ObjectNode event = event("validation").put("step", r.step());
        number(event, "loss", r.loss());
        number(event, "accuracy", r.accuracy());
        print(event.put("best", r.best()));
    }

    @Override
    public void checkpointed(long step) {
        print(event("checkpoint").put("step", step));
    }

    @Override
    public void stopping() {}

    @Override
    public void interrupted(long step) {
        print(event("interrupted").put("step", step));
    }

    @Override
    public void failed(String code, String sentence) {
        print(event("failed").put("code", code).put("message", sentence));
    }

    @Override
    public void done(FineTuneResult r, Estimate predicted) {
        ObjectNode event = event("end").put("output", r.output().toString()).put("steps", r.steps()).put("best_step", r.bestStep()).put("stopped_early", r.stoppedEarly());
        number(event, "train_loss", r.trainLoss());
        number(event, "validation_loss", r.validationLoss());
        event.put("trained_tokens", r.trainedTokens()).put("trainable_parameters", r.trainableParameters());
        number(event, "seconds", r.seconds());
        number(event, "predicted_seconds", predicted.seconds());
        event.put("peak_memory_bytes", r.peakMemoryBytes()).put("predicted_memory_bytes", Math.round(predicted.bytes()));
        print(event);
    }
}

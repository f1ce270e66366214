package dev.hone.cli.run;

import dev.hone.cli.run.Stage.State;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.Deploy;
import dev.hone.v1.EvalDone;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.RunFailed;
import dev.hone.v1.RunProgress;
import dev.hone.v1.TrainRequested;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known of one run: the last event of each kind, or empty.
 *
 * @param id    the run's, or the dataset's when it failed before it became a run
 * @param first time of its earliest event
 * @param last  time of its latest
 */
public record Run(String id, Instant first, Instant last, Optional<DatasetReady> dataset, Optional<TrainRequested> requested,
        Optional<RunProgress> progress, Optional<AdapterTrained> trained, Optional<QuantizeDone> quantized,
        Optional<EvalDone> evaluated, Optional<Deploy> deployed, Optional<RunFailed> failed) {

    static Run of(String id, Instant seen) {
        return new Run(id, seen, seen, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(), Optional.empty(), Optional.empty());
    }

    Run seen(Instant time) {
        return new Run(id, time.isBefore(first) ? time : first, time.isAfter(last) ? time : last, dataset, requested, progress, trained,
                quantized, evaluated, deployed, failed);
    }

    Run with(DatasetReady event) {
        return new Run(id, first, last, Optional.of(event), requested, progress, trained, quantized, evaluated, deployed, failed);
    }

    /** Asked for again: a former failure is no longer the last word. */
    Run with(TrainRequested event) {
        return new Run(id, first, last, dataset, Optional.of(event), progress, trained, quantized, evaluated, deployed, Optional.empty());
    }

    Run with(RunProgress event) {
        return new Run(id, first, last, dataset, requested, Optional.of(event), trained, quantized, evaluated, deployed, failed);
    }

    Run with(AdapterTrained event) {
        return new Run(id, first, last, dataset, requested, progress, Optional.of(event), quantized, evaluated, deployed, Optional.empty());
    }

    Run with(QuantizeDone event) {
        return new Run(id, first, last, dataset, requested, progress, trained, Optional.of(event), evaluated, deployed, Optional.empty());
    }

    Run with(EvalDone event) {
        return new Run(id, first, last, dataset, requested, progress, trained, quantized, Optional.of(event), deployed, Optional.empty());
    }

    Run with(Deploy event) {
        return new Run(id, first, last, dataset, requested, progress, trained, quantized, evaluated, Optional.of(event), failed);
    }

    Run with(RunFailed event) {
        return new Run(id, first, last, dataset, requested, progress, trained, quantized, evaluated, deployed, Optional.of(event));
    }

    public String modelName() {
        return requested.map(TrainRequested::getModelName).or(() -> dataset.map(DatasetReady::getModelName))
                .or(() -> evaluated.map(EvalDone::getModelName)).or(() -> failed.map(RunFailed::getModelName)).orElse("");
    }

    public String baseModel() {
        return requested.map(TrainRequested::getBaseModel).or(() -> dataset.map(DatasetReady::getBaseModel)).orElse("");
    }

    public String datasetId() {
        return requested.map(TrainRequested::getDatasetId).or(() -> dataset.map(DatasetReady::getDatasetId)).orElse("");
    }

    /** Empty while it goes on. */
    public Optional<Outcome> outcome() {
        if (failed.isPresent()) {
            RunFailed event = failed.get();
            return Optional.of(new Outcome.Failed(event.getStage(), event.getCode(), event.getMessage(), event.getKind().equals("user_error")));
        }
        if (deployed.isPresent()) {
            return Optional.of(new Outcome.Deployed(deployed.get().getScheme()));
        }
        return evaluated.flatMap(Run::verdict);
    }

    /** A passed gate whose deploy is still to come is no outcome yet. */
    private static Optional<Outcome> verdict(EvalDone event) {
        if (!event.getPassed()) {
            return Optional.of(new Outcome.Rejected(event.getReason()));
        }
        boolean reportOnly = event.getRecipe().getGate().hasDeploy() && !event.getRecipe().getGate().getDeploy();
        return reportOnly ? Optional.of(new Outcome.Passed(event.getReason())) : Optional.empty();
    }

    public State state(Stage stage) {
        boolean done = switch (stage) {
            case TRAIN -> trained.isPresent();
            case QUANTIZE -> quantized.isPresent();
            case EVALUATE -> evaluated.isPresent();
            case DEPLOY -> deployed.isPresent();
        };
        if (done) {
            return State.DONE;
        }
        if (stage != current()) {
            return State.WAITING;
        }
        return outcome().isPresent() ? State.FAILED : requested.isPresent() ? State.RUNNING : State.WAITING;
    }

    /** The first stage that is not done; the last one when all are. */
    public Stage current() {
        if (trained.isEmpty()) {
            return Stage.TRAIN;
        }
        if (quantized.isEmpty()) {
            return Stage.QUANTIZE;
        }
        return evaluated.isEmpty() ? Stage.EVALUATE : Stage.DEPLOY;
    }

    /** Progress within a stage, if the last report was of it. */
    public Optional<RunProgress> progressOf(Stage stage) {
        return progress.filter(event -> event.getStage().equals(stage.label()));
    }
}

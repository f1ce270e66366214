package dev.hone.cli.run;

import dev.hone.events.Event;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.Deploy;
import dev.hone.v1.EvalDone;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.RunFailed;
import dev.hone.v1.RunProgress;
import dev.hone.v1.TrainRequested;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * All runs, folded from events. Topics are read side by side, so events of one run may come in any order; the outcome is
 * the same.
 */
public final class RunBoard {
    private final Map<String, Run> runs = new HashMap<>();
    private final Map<String, DatasetReady> datasets = new HashMap<>();
    /** By the id of the event that caused it. */
    private final Map<String, String> runOfCause = new HashMap<>();

    /** Takes one more event into account; one that tells of no run is let go. */
    public void apply(Event<?> event) {
        switch (event.data()) {
            case DatasetReady dataset -> apply(dataset);
            case TrainRequested requested -> apply(event, requested);
            case RunProgress progress -> update(progress.getRunId(), event, run -> run.with(progress));
            case AdapterTrained trained -> update(trained.getRunId(), event, run -> run.with(trained));
            case QuantizeDone quantized -> update(quantized.getRunId(), event, run -> run.with(quantized));
            case EvalDone evaluated -> update(evaluated.getRunId(), event, run -> run.with(evaluated));
            case Deploy deploy -> apply(event, deploy);
            case RunFailed failed -> apply(event, failed);
            default -> { }
        }
    }

    private void apply(DatasetReady dataset) {
        datasets.put(dataset.getDatasetId(), dataset);
        runs.replaceAll((id, run) -> run.requested().filter(r -> r.getDatasetId().equals(dataset.getDatasetId())).isPresent() ? run.with(dataset) : run);
    }

    private void apply(Event<?> event, TrainRequested requested) {
        // A command from another system may name no run: the event's subject is then all there is.
        String id = requested.getRunId().isEmpty() ? event.subject() : requested.getRunId();
        if (id == null || id.isEmpty()) {
            return;
        }
        runOfCause.put(event.causationId(), id);
        Optional<DatasetReady> dataset = Optional.ofNullable(datasets.get(requested.getDatasetId()));
        update(id, event, run -> dataset.map(run::with).orElse(run).with(requested));
    }

    /** Only a run's own revision is its deployment; a person may deploy anything under any label. */
    private void apply(Event<?> event, Deploy deploy) {
        if (runs.containsKey(deploy.getRevision()) || deploy.getModel().getManifest().contains("/" + deploy.getRevision() + "/")) {
            update(deploy.getRevision(), event, run -> run.with(deploy));
        }
    }

    /** A failure that is older than what the run achieved since was overcome. */
    private void apply(Event<?> event, RunFailed failed) {
        runOfCause.put(event.causationId(), failed.getRunId());
        Run known = runs.get(failed.getRunId());
        boolean overcome = known != null && known.last().isAfter(event.time()) && known.evaluated().isPresent();
        if (!overcome) {
            Optional<DatasetReady> dataset = Optional.ofNullable(datasets.get(failed.getRunId()));
            update(failed.getRunId(), event, run -> dataset.map(run::with).orElse(run).with(failed));
        }
    }

    private void update(String id, Event<?> event, UnaryOperator<Run> change) {
        runs.put(id, change.apply(runs.getOrDefault(id, Run.of(id, event.time())).seen(event.time())));
    }

    /** The latest first. */
    public List<Run> all() {
        return runs.values().stream().sorted(Comparator.comparing(Run::first).reversed().thenComparing(Run::id)).toList();
    }

    public Optional<Run> run(String id) {
        return Optional.ofNullable(runs.get(id));
    }

    /** The latest run on a dataset; or what became of the dataset when no run did. */
    public Optional<Run> ofDataset(String datasetId) {
        return all().stream().filter(run -> run.datasetId().equals(datasetId)).findFirst().or(() -> run(datasetId));
    }

    /**
     * The run that a {@code dataset.ready} event caused; or what stands for it under the dataset's id, when planning
     * failed. A dataset may have several runs, one for each recipe, so its id would not do.
     */
    public Optional<Run> causedBy(String eventId) {
        return Optional.ofNullable(runOfCause.get(eventId)).flatMap(this::run);
    }

    public Optional<DatasetReady> dataset(String id) {
        return Optional.ofNullable(datasets.get(id));
    }

    /** The dataset that feedback on the model, which learned from this one, grew into. */
    public Optional<DatasetReady> grownFrom(String datasetId, String model) {
        return datasets.values().stream().filter(dataset -> dataset.getParentDatasetId().equals(datasetId) && dataset.getModelName().equals(model)).findFirst();
    }
}

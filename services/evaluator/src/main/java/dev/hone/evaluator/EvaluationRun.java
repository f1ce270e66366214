package dev.hone.evaluator;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.Manifest;
import dev.hone.artifacts.ManifestRef;
import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.Topic;
import dev.hone.jobs.JobContext;
import dev.hone.jobs.JobFailure;
import dev.hone.jobs.JobStopped;
import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import dev.hone.llm.eval.Evaluation;
import dev.hone.llm.eval.EvaluationInterrupted;
import dev.hone.llm.eval.EvaluationResult;
import dev.hone.llm.eval.Measured;
import dev.hone.llm.format.FormatException;
import dev.hone.telemetry.Part;
import dev.hone.v1.EvalDone;
import dev.hone.v1.GateRecipe;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run's evaluation: fetch, measure, decide, publish, say so. Whatever of it is done already is not done again. */
final class EvaluationRun {
    private static final Logger LOG = LoggerFactory.getLogger(EvaluationRun.class);
    /** Name of the manifest's property that says which work it answers. */
    private static final String WORK = "work";

    private final Event<QuantizeDone> event;
    private final QuantizeDone request;
    private final ArtifactStore store;
    private final EventPublisher publisher;
    private final Path cache;
    private final JobContext context;

    EvaluationRun(Event<QuantizeDone> event, ArtifactStore store, EventPublisher publisher, Path cache, JobContext context) {
        this.event = event;
        this.request = event.data();
        this.store = store;
        this.publisher = publisher;
        this.cache = cache;
        this.context = context;
    }

    /**
     * @throws JobStopped  because the process was asked to end
     * @throws JobFailure  when there can be no numbers
     * @throws IOException when the store is away
     */
    void run() throws IOException, JobFailure, JobStopped {
        String prefix = ArtifactLayout.report(request.getRunId());
        Optional<Manifest> done = store.manifest(prefix);
        if (done.flatMap(manifest -> manifest.property(WORK)).equals(Optional.of(Report.workOf(request)))) {
            LOG.info("report is there already runId={}", request.getRunId());
        } else {
            publish(prefix, evaluate());
        }
        announce(prefix);
    }

    private Report evaluate() throws IOException, JobFailure, JobStopped {
        try (Progress progress = new Progress(publisher, event)) {
            Candidates candidates = new Candidates(store, cache, context.directory());
            HeldOutRows heldOut;
            List<Candidates.Candidate> all;
            try (Part fetch = Part.of("fetch")) {
                heldOut = HeldOutRows.read(candidates.dataset(request));
                all = candidates.fetch(request);
            }
            GateRecipe recipe = request.getRecipe().getGate();
            long questions = Math.min(recipe.getMaxRows(), heldOut.rows().stream().filter(Row.Chat.class::isInstance).count());
            progress.begin(all.stream().mapToLong(candidate -> steps(candidate, heldOut, questions)).sum());
            List<Report.Score> scores = new ArrayList<>();
            Optional<Measured> base = Optional.empty();
            for (Candidates.Candidate candidate : all) {
                Measured measured;
                try (Part evaluate = Part.of("evaluate " + candidate.name())) {
                    measured = measured(candidate, heldOut, progress);
                }
                scores.add(new Report.Score(candidate.name(), base.map(b -> measured.against(b, beta())).orElse(measured.result())));
                base = candidate.name().equals(Candidates.BASE) ? Optional.of(measured) : base;
                progress.finished(steps(candidate, heldOut, questions));
            }
            return report(heldOut, scores);
        }
    }

    private static long steps(Candidates.Candidate candidate, HeldOutRows heldOut, long questions) {
        return heldOut.rows().size() + (candidate.answers() ? questions : 0);
    }

    private Measured measured(Candidates.Candidate candidate, HeldOutRows heldOut, Progress progress) throws JobFailure, JobStopped {
        GateRecipe recipe = request.getRecipe().getGate();
        try {
            Measured measured = Evaluation.run(candidate.model(), candidate.adapterOrNull(), heldOut.rows(), candidate.answers() ? recipe.getMaxRows() : 0,
                    recipe.getMaxNewTokens(), sequenceLen(), progress.candidate(candidate.name()), context.stopRequested());
            EvaluationResult result = measured.result();
            LOG.info("evaluated runId={} candidate={} loss={} exactMatch={} rows={} generatedRows={}", request.getRunId(), candidate.name(),
                    result.loss(), result.exactMatch(), result.rows(), result.generatedRows());
            return measured;
        } catch (EvaluationInterrupted e) {
            throw new JobStopped(e.getMessage(), e);
        } catch (FormatException e) {
            throw new JobFailure("unsupported_model", "The candidate " + candidate.name() + " cannot be run: " + e.getMessage(), false, e);
        }
    }

    /** As the run was trained with. */
    private double beta() {
        TrainingRecipe asked = request.getRecipe().getTraining();
        return asked.hasRlBeta() ? asked.getRlBeta() : dev.hone.llm.train.TrainingRecipe.parse("{}").rlBeta();
    }

    private int sequenceLen() {
        return request.getRecipe().getTraining().getSequenceLen();
    }

    private Report report(HeldOutRows heldOut, List<Report.Score> scores) {
        GateRecipe recipe = request.getRecipe().getGate();
        String scheme = Report.deployed(request).getScheme();
        EvaluationResult quantized = result(scores, scheme).orElseThrow();
        Gate.Verdict verdict = Gate.of(recipe).decide(result(scores, Candidates.BASE), result(scores, Candidates.ADAPTER).orElseThrow(), scheme, quantized);
        Report.Protocol protocol = new Report.Protocol(request.getDataset().getManifest(), request.getDataset().getSha256(), heldOut.split(),
                quantized.rows(), quantized.generatedRows(), recipe.getMaxNewTokens(), sequenceLen(), "greedy", "bf16");
        return new Report(request.getRunId(), request.getModelName(), Report.workOf(request), protocol, scores, Report.quantized(request), verdict.passed(), verdict.reasons());
    }

    private static Optional<EvaluationResult> result(List<Report.Score> scores, String candidate) {
        return scores.stream().filter(score -> score.candidate().equals(candidate)).map(Report.Score::result).findFirst();
    }

    private void publish(String prefix, Report report) throws IOException {
        Path directory = Files.createDirectories(context.directory().resolve("report"));
        report.write(directory);
        try (Part publish = Part.of("publish")) {
            store.publish(prefix, directory, "report", request.getRunId(), Map.of(WORK, report.work(), "passed", String.valueOf(report.passed())));
        }
    }

    /** From the stored report alone, so that a repeated request repeats the very same event. */
    private void announce(String prefix) throws IOException {
        Path directory = context.directory().resolve("published");
        store.fetch(prefix, directory);
        ManifestRef ref = store.ref(prefix).orElseThrow(() -> new IOException("Expected the report's manifest at " + prefix + " that was just there, found none."));
        EvalDone done = Report.read(directory).toEvent(request, ref);
        LOG.info("run evaluated runId={} passed={}", request.getRunId(), done.getPassed());
        publisher.publish(Topic.EVAL_DONE, done, event.asCause());
    }

    /** @param split the file's name without its ending */
    private record HeldOutRows(String split, List<Row> rows) {
        static HeldOutRows read(Path dataset) throws JobFailure {
            for (String split : List.of("test", "validation")) {
                Path file = dataset.resolve(split + ".jsonl");
                List<Row> rows = Files.exists(file) ? Rows.read(file) : List.of();
                if (!rows.isEmpty()) {
                    return new HeldOutRows(split, rows);
                }
            }
            throw JobFailure.userError("no_held_out_rows", "Expected rows in the dataset's test or validation split, found none:"
                    + " without them nothing can be said of the model. Send a larger dataset.");
        }
    }
}

package dev.hone.ingest.intake;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.CorruptArtifact;
import dev.hone.artifacts.Hashes;
import dev.hone.artifacts.ManifestRef;
import dev.hone.datasets.DatasetBuilder;
import dev.hone.datasets.DatasetReport;
import dev.hone.datasets.DatasetSpec;
import dev.hone.datasets.ProblemLog;
import dev.hone.datasets.SplitShares;
import dev.hone.datasets.check.BaseModel;
import dev.hone.datasets.read.DataFile;
import dev.hone.datasets.read.Problem;
import dev.hone.datasets.read.UnusableFile;
import dev.hone.events.Event;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.Recipe;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a dataset of a file: checks, publishes, announces. The same file again is the same dataset, made once. */
public final class Intake {
    private static final Logger LOG = LoggerFactory.getLogger(Intake.class);

    private final ArtifactStore store;
    private final BaseModels bases;
    private final Announcer announcer;
    private final SplitShares shares;
    private final WorkSpace work;
    /** Two uploads of the same file at the same time: the second waits and finds the dataset there. */
    private final Object[] locks = IntStream.range(0, 64).mapToObj(i -> new Object()).toArray();

    public Intake(ArtifactStore store, BaseModels bases, Announcer announcer, SplitShares shares, WorkSpace work) {
        this.store = store;
        this.bases = bases;
        this.announcer = announcer;
        this.shares = shares;
        this.work = work;
    }

    /**
     * @param existed       whether the dataset was there before
     * @param event         the {@code dataset.ready}
     * @param firstProblems some of them, to show
     */
    public record Taken(DatasetReport report, boolean existed, Event<DatasetReady> event, List<Problem> firstProblems) {}

    /** @throws UserError when it cannot become a dataset; with a report when no row is left, and then {@code run.failed} was emitted */
    public Taken take(Submission submission) throws IOException, UserError {
        Submission.checkNames(submission.modelName(), submission.baseModel());
        try {
            DatasetSpec spec = spec(submission);
            synchronized (locks[Math.floorMod(spec.id().hashCode(), locks.length)]) {
                return take(submission, spec);
            }
        } catch (UnusableFile e) {
            throw new UserError(e.code(), e.getMessage());
        } catch (CorruptArtifact e) {
            throw new UserError(e.code(), e.getMessage());
        }
    }

    private DatasetSpec spec(Submission submission) throws IOException, UserError, UnusableFile {
        BaseModel base = bases.get(submission.baseModel());
        Recipe recipe = submission.recipe();
        BaseModel limited = recipe.getTraining().hasSequenceLen() ? base.limitedTo(recipe.getTraining().getSequenceLen()) : base;
        DataFile file = DataFile.open(submission.fileName(), submission.bytes());
        return new DatasetSpec(file, submission.fileName(), Hashes.sha256(submission.bytes()), submission.mapping(), limited, shares);
    }

    private Taken take(Submission submission, DatasetSpec spec) throws IOException, UserError, UnusableFile {
        String prefix = ArtifactLayout.dataset(spec.id());
        Optional<ManifestRef> published = store.ref(prefix);
        if (published.isPresent()) {
            DatasetReport report = DatasetReport.fromJson(store.readFile(prefix, DatasetReport.FILE));
            return new Taken(report, true, announcer.ready(report, published.get(), submission.modelName(), submission.recipe()), firstProblems(prefix));
        }
        Path directory = work.newDirectory();
        try {
            DatasetBuilder.Built built = built(submission, spec, directory);
            DatasetReport report = built.report();
            ManifestRef manifest = publish(store, report, directory);
            return new Taken(report, false, announcer.ready(report, manifest, submission.modelName(), submission.recipe()), built.firstProblems());
        } finally {
            work.delete(directory);
        }
    }

    private List<Problem> firstProblems(String prefix) throws IOException {
        try (InputStream in = store.openFile(prefix, DatasetReport.PROBLEMS_FILE)) {
            return ProblemLog.readFirst(in);
        }
    }

    private DatasetBuilder.Built built(Submission submission, DatasetSpec spec, Path directory) throws IOException, UserError, UnusableFile {
        long start = System.nanoTime();
        DatasetBuilder.Built built = DatasetBuilder.build(spec, directory);
        DatasetReport report = built.report();
        LOG.info("dataset checked datasetId={} format={} read={} kept={} rejected={} duplicates={} seconds={}", report.datasetId(), report.format(),
                report.rows().read(), report.rows().kept(), report.rows().rejected(), report.rows().duplicates(), (System.nanoTime() - start) / 1_000_000 / 1e3);
        if (report.rows().kept() == 0) {
            throw nothingLeft(submission, built, directory);
        }
        return built;
    }

    /** The problems are stored without a manifest: they can be looked up, but there is no such dataset. */
    private UserError nothingLeft(Submission submission, DatasetBuilder.Built built, Path directory) throws IOException {
        DatasetReport report = built.report();
        String prefix = ArtifactLayout.dataset(report.datasetId());
        for (String file : List.of(DatasetReport.FILE, DatasetReport.PROBLEMS_FILE)) {
            store.write(ArtifactLayout.file(prefix, file), directory.resolve(file));
        }
        UserError error = new UserError("empty_dataset", report.nothingLeft() + " The reasons are in "
                + ArtifactLayout.file(prefix, DatasetReport.PROBLEMS_FILE) + ".", report, built.firstProblems());
        announcer.failed(report.datasetId(), submission.modelName(), error);
        return error;
    }

    /** Commits a dataset's directory. */
    public static ManifestRef publish(ArtifactStore store, DatasetReport report, Path directory) throws IOException {
        DatasetReport.Counts rows = report.rows();
        return store.publish(ArtifactLayout.dataset(report.datasetId()), directory, "dataset", report.datasetId(), Map.of(
                "base_model", report.baseModel(), "tokenizer_sha256", report.tokenizerSha256(), "parent_dataset_id", report.parentDatasetId(),
                "row_kind", report.rowKind(), "train_rows", String.valueOf(rows.train()), "validation_rows", String.valueOf(rows.validation()),
                "test_rows", String.valueOf(rows.test()), "train_tokens", String.valueOf(report.trainTokens()),
                "max_row_tokens", String.valueOf(report.maxRowTokens())));
    }
}

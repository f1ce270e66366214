package dev.hone.ingest.feedback;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.ManifestRef;
import dev.hone.datasets.DatasetReport;
import dev.hone.datasets.Digests;
import dev.hone.datasets.ProblemLog;
import dev.hone.datasets.Split;
import dev.hone.datasets.SplitWriter;
import dev.hone.datasets.check.BaseModel;
import dev.hone.datasets.check.RowChecker;
import dev.hone.events.Event;
import dev.hone.ingest.intake.Announcer;
import dev.hone.ingest.intake.BaseModels;
import dev.hone.ingest.intake.Intake;
import dev.hone.ingest.intake.UserError;
import dev.hone.ingest.intake.WorkSpace;
import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.FeedbackGiven;
import dev.hone.v1.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers feedback per model; enough of it, or old enough, becomes the next version of the dataset. The new dataset's
 * manifest is the commit point of a turn: a crash right after it repeats the turn from the same feedback, which gives
 * the same dataset and the same event.
 */
public final class FeedbackLoop {
    private static final Logger LOG = LoggerFactory.getLogger(FeedbackLoop.class);

    private final ArtifactStore store;
    private final FeedbackLog log;
    private final BaseModels bases;
    private final Announcer announcer;
    private final FeedbackRules rules;
    private final WorkSpace work;
    private final Clock clock;
    private final Map<String, FeedbackLog.View> views = new HashMap<>();
    private final Set<String> told = new HashSet<>();
    private boolean allLoaded;

    public FeedbackLoop(ArtifactStore store, BaseModels bases, Announcer announcer, FeedbackRules rules, WorkSpace work, Clock clock) {
        this.store = store;
        this.log = new FeedbackLog(store);
        this.bases = bases;
        this.announcer = announcer;
        this.rules = rules;
        this.work = work;
        this.clock = clock;
    }

    /** Keeps one event and turns the loop if that was enough. */
    public synchronized void given(Event<FeedbackGiven> event) throws IOException {
        String model = event.data().getModelName();
        turnIfDue(model);
        if (view(model).knows(event.id())) {
            LOG.info("feedback known already model={} id={}", model, event.id());
            return;
        }
        Said said = log.append(event);
        view(model).pending().put(said.id(), said);
        turnIfDue(model);
    }

    /** Turns the loop for every model whose corrections have waited long enough. */
    public synchronized void tick() throws IOException {
        if (!allLoaded) {
            for (String model : log.models()) {
                view(model);
            }
            allLoaded = true;
        }
        for (String model : List.copyOf(views.keySet())) {
            turnIfDue(model);
        }
    }

    private FeedbackLog.View view(String model) throws IOException {
        FeedbackLog.View view = views.get(model);
        if (view == null) {
            view = log.view(model);
            views.put(model, view);
        }
        return view;
    }

    private void turnIfDue(String model) throws IOException {
        if (!isDue(view(model).pending().values())) {
            return;
        }
        views.put(model, log.view(model));
        try {
            turn(model, view(model));
            views.remove(model);
            view(model);
        } catch (UserError | ArtifactMissing e) {
            tellOnce(model, e instanceof UserError error ? error : new UserError("dataset_missing", e.getMessage()));
        }
    }

    private boolean isDue(Collection<Said> pending) {
        List<Instant> corrections = pending.stream().filter(Said::isCorrection).map(Said::time).sorted().toList();
        return corrections.size() >= rules.minCount()
                || !corrections.isEmpty() && corrections.getFirst().plus(rules.maxAge()).isBefore(clock.instant());
    }

    /** The feedback stays pending; it is tried again, but not complained about again. */
    private void tellOnce(String model, UserError error) {
        if (told.add(model + error.code())) {
            LOG.warn("feedback cannot be used model={} code={} reason={}", model, error.code(), error.getMessage());
            announcer.failed("feedback-" + model, model, error);
        }
    }

    private void turn(String model, FeedbackLog.View view) throws IOException, UserError {
        Optional<DatasetReady> latest = announcer.latest(model);
        String parent = parent(view, latest, model);
        ManifestRef parentRef = store.ref(parent).orElseThrow(() -> new ArtifactMissing(
                "Expected the dataset " + parent + " that feedback on " + model + " shall grow, found it gone."));
        Optional<DatasetReport> parentReport = report(parent);
        BaseModel base = bases.get(parentReport.map(DatasetReport::baseModel).orElseGet(() -> baseNamed(view, latest)));
        List<String> ids = view.pending().keySet().stream().sorted().toList();
        String datasetId = datasetId(parentRef, ids, base);
        DatasetReport report = published(datasetId).orElse(null);
        if (report == null) {
            report = make(datasetId, model, parentRef, parentReport, base, view.pending().values());
        }
        ManifestRef manifest = store.ref(ArtifactLayout.dataset(datasetId)).orElseThrow(() -> new IOException("dataset " + datasetId + " was just published"));
        Recipe recipe = latest.filter(ready -> ready.getBaseModel().equals(base.name())).map(DatasetReady::getRecipe).orElse(Recipe.getDefaultInstance());
        announcer.ready(report, manifest, model, longEnough(recipe, report.maxRowTokens()));
        log.end(model, new Turn(datasetId, manifest.key(), parentRef.key(), ids));
        LOG.info("feedback turned model={} parent={} datasetId={} counts={}", model, parentRef.key(), datasetId, report.feedback());
    }

    /** A correction may be longer than the rows the recipe was written for; a cut answer would teach not to end. */
    private static Recipe longEnough(Recipe recipe, int maxRowTokens) {
        if (!recipe.getTraining().hasSequenceLen() || recipe.getTraining().getSequenceLen() >= maxRowTokens) {
            return recipe;
        }
        return recipe.toBuilder().setTraining(recipe.getTraining().toBuilder().setSequenceLen(maxRowTokens)).build();
    }

    /** The dataset the newest feedback refers to, or what that has grown into since. */
    private static String parent(FeedbackLog.View view, Optional<DatasetReady> latest, String model) throws UserError {
        String parent = view.pending().values().stream().filter(said -> said.feedback().hasDataset()).max(Comparator.comparing(Said::time))
                .map(said -> said.feedback().getDataset().getManifest())
                .or(() -> latest.map(ready -> ready.getDataset().getManifest()))
                .orElseThrow(() -> new UserError("unknown_dataset", "Expected feedback on " + model
                        + " to name the dataset it shall grow, found none, and no dataset was ever made for a model of this name. Submit one."));
        List<Turn> turns = new ArrayList<>(view.turns());
        for (Optional<Turn> next = grown(turns, parent); next.isPresent(); next = grown(turns, parent)) {
            turns.remove(next.get());
            parent = next.get().manifest();
        }
        return parent;
    }

    private static Optional<Turn> grown(List<Turn> turns, String parent) {
        return turns.stream().filter(turn -> turn.parent().equals(ArtifactLayout.manifest(parent))).min(Comparator.comparing(Turn::datasetId));
    }

    private static String baseNamed(FeedbackLog.View view, Optional<DatasetReady> latest) {
        return view.pending().values().stream().map(said -> said.feedback().getBaseModel()).filter(name -> !name.isEmpty()).findFirst()
                .or(() -> latest.map(DatasetReady::getBaseModel)).orElse("");
    }

    private String datasetId(ManifestRef parent, List<String> ids, BaseModel base) {
        List<String> parts = new ArrayList<>(List.of("feedback", parent.sha256(), base.tokenizer().sha256(),
                rules.weight() + "/" + rules.replaceIdenticalAnswers() + "/" + rules.replaceMinWords()));
        parts.addAll(ids);
        return "d" + Digests.shortHash(parts);
    }

    private Optional<DatasetReport> published(String datasetId) throws IOException {
        String prefix = ArtifactLayout.dataset(datasetId);
        return store.ref(prefix).isPresent() ? report(prefix) : Optional.empty();
    }

    private Optional<DatasetReport> report(String manifestKeyOrPrefix) throws IOException {
        Optional<byte[]> json = store.read(ArtifactLayout.file(manifestKeyOrPrefix, DatasetReport.FILE));
        return json.isEmpty() ? Optional.empty() : Optional.of(DatasetReport.fromJson(json.get()));
    }

    private DatasetReport make(String datasetId, String model, ManifestRef parent, Optional<DatasetReport> parentReport, BaseModel base,
            Collection<Said> said) throws IOException {
        Path parentDirectory = work.newDirectory();
        Path directory = work.newDirectory();
        try {
            store.fetch(parent, parentDirectory);
            DatasetReport report = write(datasetId, model, parentDirectory, parentReport, base, said, directory);
            Files.write(directory.resolve(DatasetReport.FILE), report.toJson());
            List<String> ids = said.stream().map(Said::id).toList();
            Files.write(directory.resolve(Turn.FILE), new JsonMapper().writeValueAsBytes(new Turn(datasetId, "", parent.key(), ids)));
            Intake.publish(store, report, directory);
            return report;
        } finally {
            work.delete(parentDirectory);
            work.delete(directory);
        }
    }

    private DatasetReport write(String datasetId, String model, Path parent, Optional<DatasetReport> parentReport, BaseModel base, Collection<Said> said,
            Path directory) throws IOException {
        RowChecker checker = new RowChecker(base);
        Row.Kind kind = Rows.read(parent.resolve(Split.TRAIN.fileName()), 1).stream().findFirst().map(Row::kind).orElse(Row.Kind.CHAT);
        try (ProblemLog problems = new ProblemLog(directory.resolve(DatasetReport.PROBLEMS_FILE)); SplitWriter out = new SplitWriter(directory)) {
            Corrections corrections = Corrections.of(said, kind, checker, problems);
            Map<String, Long> counts = NextDataset.write(parent, corrections, rules, checker, out);
            counts.put("bad_without_correction", corrections.badWithoutCorrection());
            return new DatasetReport(datasetId, parentReport.map(DatasetReport::datasetId).orElse(""), "feedback on " + model, "feedback", kind.word(),
                    parentReport.map(DatasetReport::shape).orElse(""), Map.of(), base.name(), base.tokenizer().sha256(), base.maxTokens(),
                    out.counts(said.size(), problems.errors(), 0), out.trainTokens(), out.maxRowTokens(), problems.counts(), counts);
        }
    }
}

package dev.hone.ingest.feedback;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.CorruptArtifact;
import dev.hone.artifacts.ManifestRef;
import dev.hone.datasets.DatasetReport;
import dev.hone.datasets.check.BaseModel;
import dev.hone.ingest.feedback.log.LogName;
import dev.hone.ingest.feedback.log.Objects;
import dev.hone.ingest.feedback.log.PartitionLog;
import dev.hone.ingest.feedback.log.Ref;
import dev.hone.ingest.intake.Announcer;
import dev.hone.ingest.intake.BaseModels;
import dev.hone.ingest.intake.UserError;
import dev.hone.ingest.intake.WorkSpace;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.Recipe;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns enough feedback of a model, or old enough, into the next version of its dataset. First it says by a
 * {@link Claim} what that will be made of, which one of several replicas can; then the dataset is made, published and
 * announced, and whoever finds a claim unfinished does the same again, with the same dataset and the same event.
 */
public final class FeedbackLoop {
    private static final Logger LOG = LoggerFactory.getLogger(FeedbackLoop.class);
    private static final Duration HELD_BACK = Duration.ofMinutes(1);

    private final Objects objects;
    private final FeedbackLogs logs;
    private final Histories histories;
    private final NextVersion versions;
    private final BaseModels bases;
    private final Announcer announcer;
    private final FeedbackRules rules;
    private final Clock clock;
    private final Set<String> told = new HashSet<>();
    private final Map<String, Instant> heldBack = new HashMap<>();

    public FeedbackLoop(ArtifactStore store, FeedbackLogs logs, BaseModels bases, Announcer announcer, FeedbackRules rules, WorkSpace work, Clock clock) {
        this(Objects.of(store), store, logs, bases, announcer, rules, work, clock);
    }

    FeedbackLoop(Objects objects, ArtifactStore store, FeedbackLogs logs, BaseModels bases, Announcer announcer, FeedbackRules rules, WorkSpace work, Clock clock) {
        this.objects = objects;
        this.logs = logs;
        this.histories = new Histories(objects);
        this.versions = new NextVersion(store, bases, work);
        this.bases = bases;
        this.announcer = announcer;
        this.rules = rules;
        this.clock = clock;
    }

    /** Makes what is due of the logs that are open. One at a time: a second caller waits. */
    public synchronized void tick() throws IOException {
        TreeSet<String> models = new TreeSet<>(logs.formerModels());
        logs.open().forEach(log -> models.addAll(log.corrected()));
        for (String model : models) {
            turnAll(model);
        }
    }

    private void turnAll(String model) throws IOException {
        if (heldBack.getOrDefault(model, Instant.MIN).isAfter(clock.instant())) {
            return;
        }
        try {
            while (turn(model)) {
                LOG.debug("feedback looked at again model={}", model);
            }
        } catch (UserError e) {
            holdBack(model, e);
        } catch (ArtifactMissing e) {
            holdBack(model, new UserError("dataset_missing", e.getMessage()));
        } catch (CorruptArtifact e) {
            holdBack(model, new UserError(e.code(), e.getMessage()));
        }
    }

    /** The feedback stays pending; it is tried again, but not complained about again. */
    private void holdBack(String model, UserError error) {
        heldBack.put(model, clock.instant().plus(HELD_BACK));
        if (told.add(model + error.code())) {
            LOG.warn("feedback cannot be used model={} code={} reason={}", model, error.code(), error.getMessage());
            announcer.failed("feedback-" + model, model, error);
        }
    }

    /** @return whether there may be more to do */
    private boolean turn(String model) throws IOException, UserError {
        if (!logs.formerModels().contains(model) && !isDue(counted(model), oldest(model))) {
            return false;
        }
        History history = histories.of(model);
        if (history.unfinished().isPresent()) {
            finish(model, history.unfinished().get(), history);
        }
        history.last().ifPresent(claim -> logs.drop(model, claim.until()));
        if (history.former().isEmpty()) {
            logs.forgetFormer(model);
        }
        if (history.last().map(claim -> claim.at().plus(rules.minInterval()).isAfter(clock.instant())).orElse(false)) {
            return false;
        }
        Gathered gathered = gather(model, history);
        List<Instant> corrections = gathered.corrections();
        if (corrections.isEmpty() || !isDue(corrections.size(), corrections.getFirst())) {
            return false;
        }
        Claim claim = claim(model, history, gathered);
        if (!objects.writeIfAbsent(ArtifactLayout.feedbackClaim(model, claim.number()), claim.toJson())) {
            histories.forget(model);
            return true;
        }
        history.add(claim, false);
        finish(model, claim, history);
        return true;
    }

    private boolean isDue(int corrections, Instant oldest) {
        return corrections >= rules.minCount() || corrections > 0 && oldest.plus(rules.maxAge()).isBefore(clock.instant());
    }

    private int counted(String model) {
        return logs.open().stream().flatMap(log -> log.waiting(model).stream()).mapToInt(Ref::corrections).sum();
    }

    private Instant oldest(String model) {
        return Instant.ofEpochMilli(logs.open().stream().flatMap(log -> log.waiting(model).stream()).mapToLong(Ref::oldest).min().orElse(Long.MAX_VALUE));
    }

    private Gathered gather(String model, History history) throws IOException {
        Gathered gathered = new Gathered(objects, history);
        history.former().forEach(gathered::add);
        for (PartitionLog log : logs.open()) {
            for (Ref ref : log.waiting(model)) {
                if (gathered.size() >= rules.maxCount()) {
                    return gathered;
                }
                Ref counted = gathered.add(log.name(), ref);
                if (!counted.equals(ref)) {
                    log.replace(model, counted);
                }
            }
        }
        return gathered;
    }

    private Claim claim(String model, History history, Gathered gathered) throws IOException, UserError {
        Optional<DatasetReady> latest = announcer.latest(model);
        ManifestRef parent = versions.parent(history.newest(named(gathered.events(), latest, model)), model);
        BaseModel base = bases.get(versions.report(parent.key()).map(DatasetReport::baseModel).orElseGet(() -> baseNamed(gathered.events(), latest)));
        List<String> ids = gathered.events().stream().map(Said::id).toList();
        Claim.Rules how = Claim.Rules.of(rules);
        Map<String, Long> until = new HashMap<>(history.last().map(Claim::until).orElse(Map.of()));
        gathered.until().forEach((log, offset) -> until.merge(log, offset, Math::max));
        int bad = gathered.bad() + logs.open().stream().mapToInt(log -> log.badElsewhere(model)).sum();
        return new Claim(history.last().map(Claim::number).orElse(0) + 1, versions.id(parent, base, how, ids), parent.key(), base.name(),
                clock.instant().toString(), how, gathered.places(), gathered.former(), until, ids, bad);
    }

    /** The dataset that the newest feedback speaks of, or the one that was announced last. */
    private static String named(Collection<Said> said, Optional<DatasetReady> latest, String model) throws UserError {
        return said.stream().filter(one -> one.feedback().hasDataset()).max(Comparator.comparing(Said::time))
                .map(one -> one.feedback().getDataset().getManifest())
                .or(() -> latest.map(ready -> ready.getDataset().getManifest()))
                .orElseThrow(() -> new UserError("unknown_dataset", "Expected feedback on " + model
                        + " to name the dataset it shall grow, found none, and no dataset was ever made for a model of this name. Submit one."));
    }

    private static String baseNamed(Collection<Said> said, Optional<DatasetReady> latest) {
        return said.stream().map(one -> one.feedback().getBaseModel()).filter(name -> !name.isEmpty()).findFirst()
                .or(() -> latest.map(DatasetReady::getBaseModel)).orElse("");
    }

    private void finish(String model, Claim claim, History history) throws IOException, UserError {
        DatasetReport report = versions.published(claim, model, () -> events(claim, model));
        ManifestRef manifest = versions.ref(claim);
        Recipe recipe = announcer.latest(model).filter(ready -> ready.getBaseModel().equals(claim.base())).map(DatasetReady::getRecipe).orElse(Recipe.getDefaultInstance());
        announcer.ready(report, manifest, model, longEnough(recipe, report.maxRowTokens()));
        Turn turn = new Turn(claim.datasetId(), manifest.key(), claim.parent(), claim.eventIds());
        objects.write(ArtifactLayout.feedback(model, "turn." + claim.datasetId()), new JsonMapper().writeValueAsBytes(turn));
        history.done();
        logs.drop(model, claim.until());
        LOG.info("feedback turned model={} parent={} datasetId={} counts={}", model, claim.parent(), claim.datasetId(), report.feedback());
    }

    /** A correction may be longer than the rows the recipe was written for; a cut answer would teach not to end. */
    private static Recipe longEnough(Recipe recipe, int maxRowTokens) {
        if (!recipe.getTraining().hasSequenceLen() || recipe.getTraining().getSequenceLen() >= maxRowTokens) {
            return recipe;
        }
        return recipe.toBuilder().setTraining(recipe.getTraining().toBuilder().setSequenceLen(maxRowTokens)).build();
    }

    private List<Said> events(Claim claim, String model) throws IOException {
        Gathered gathered = new Gathered(objects, History.empty());
        for (String key : claim.former()) {
            gathered.add(key, histories.former(key));
        }
        for (Map.Entry<String, List<Ref>> places : claim.places().entrySet()) {
            for (Ref ref : places.getValue()) {
                gathered.add(LogName.of(places.getKey()), ref);
            }
        }
        Set<String> ids = Set.copyOf(claim.eventIds());
        List<Said> events = gathered.events().stream().filter(said -> ids.contains(said.id())).toList();
        if (events.size() != ids.size()) {
            Set<String> found = Set.copyOf(events.stream().map(Said::id).toList());
            throw new ArtifactMissing("Expected " + ids.size() + " events of feedback on " + model + " in the store, found " + events.size() + ", without "
                    + claim.eventIds().stream().filter(id -> !found.contains(id)).findFirst().orElseThrow() + ".");
        }
        return events;
    }
}

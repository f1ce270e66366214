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
import dev.hone.ingest.intake.BaseModels;
import dev.hone.ingest.intake.Intake;
import dev.hone.ingest.intake.UserError;
import dev.hone.ingest.intake.WorkSpace;
import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The dataset that a claim says. The same claim is the same dataset to the last byte, whoever makes it and how often. */
final class NextVersion {
    private final ArtifactStore store;
    private final BaseModels bases;
    private final WorkSpace work;

    NextVersion(ArtifactStore store, BaseModels bases, WorkSpace work) {
        this.store = store;
        this.bases = bases;
        this.work = work;
    }

    /** @throws ArtifactMissing when the dataset that shall grow is gone */
    ManifestRef parent(String manifest, String model) throws IOException {
        return store.ref(manifest).orElseThrow(() -> new ArtifactMissing(
                "Expected the dataset " + manifest + " that feedback on " + model + " shall grow, found it gone."));
    }

    /** Empty where another system made the dataset, without a report. */
    Optional<DatasetReport> report(String manifestKeyOrPrefix) throws IOException {
        try {
            return Optional.of(DatasetReport.fromJson(store.readFile(manifestKeyOrPrefix, DatasetReport.FILE)));
        } catch (ArtifactMissing e) {
            return Optional.empty();
        }
    }

    String id(ManifestRef parent, BaseModel base, Claim.Rules rules, List<String> eventIds) {
        List<String> parts = new ArrayList<>(List.of("feedback", parent.sha256(), base.tokenizer().sha256(), rules.toString()));
        parts.addAll(eventIds.stream().sorted().toList());
        return "d" + Digests.shortHash(parts);
    }

    /** @param events asked for only if the dataset was not published before */
    DatasetReport published(Claim claim, String model, Events events) throws IOException, UserError {
        String prefix = ArtifactLayout.dataset(claim.datasetId());
        Optional<DatasetReport> before = store.ref(prefix).isPresent() ? report(prefix) : Optional.empty();
        return before.isPresent() ? before.get() : make(claim, model, events.read());
    }

    interface Events {
        List<Said> read() throws IOException;
    }

    ManifestRef ref(Claim claim) throws IOException {
        return store.ref(ArtifactLayout.dataset(claim.datasetId())).orElseThrow(() -> new IOException("dataset " + claim.datasetId() + " was just published"));
    }

    private DatasetReport make(Claim claim, String model, List<Said> said) throws IOException, UserError {
        Path parentDirectory = work.newDirectory();
        Path directory = work.newDirectory();
        try {
            ManifestRef parent = parent(claim.parent(), model);
            store.fetch(parent, parentDirectory);
            DatasetReport report = write(claim, model, parentDirectory, said, directory);
            Files.write(directory.resolve(DatasetReport.FILE), report.toJson());
            Files.write(directory.resolve(Turn.FILE), new JsonMapper().writeValueAsBytes(new Turn(claim.datasetId(), "", parent.key(), claim.eventIds())));
            Intake.publish(store, report, directory);
            return report;
        } finally {
            work.delete(parentDirectory);
            work.delete(directory);
        }
    }

    private DatasetReport write(Claim claim, String model, Path parent, List<Said> said, Path directory) throws IOException, UserError {
        Optional<DatasetReport> parentReport = report(claim.parent());
        BaseModel base = bases.get(claim.base());
        RowChecker checker = new RowChecker(base);
        Row.Kind kind = Rows.read(parent.resolve(Split.TRAIN.fileName()), 1).stream().findFirst().map(Row::kind).orElse(Row.Kind.CHAT);
        try (ProblemLog problems = new ProblemLog(directory.resolve(DatasetReport.PROBLEMS_FILE)); SplitWriter out = new SplitWriter(directory)) {
            Corrections corrections = Corrections.of(said, kind, checker, problems);
            Map<String, Long> counts = NextDataset.write(parent, corrections, claim.rules(), checker, out);
            counts.put("bad_without_correction", corrections.badWithoutCorrection() + claim.bad());
            return new DatasetReport(claim.datasetId(), parentReport.map(DatasetReport::datasetId).orElse(""), "feedback on " + model, "feedback", kind.word(),
                    parentReport.map(DatasetReport::shape).orElse(""), Map.of(), base.name(), base.tokenizer().sha256(), base.maxTokens(),
                    out.counts(said.size(), problems.errors(), 0), out.trainTokens(), out.maxRowTokens(), problems.counts(), counts);
        }
    }
}

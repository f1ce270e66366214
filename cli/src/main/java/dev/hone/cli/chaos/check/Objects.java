package dev.hone.cli.chaos.check;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.Manifest;
import dev.hone.datasets.DatasetReport;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Every object belongs to something: to a committed manifest, or to one of the kinds that stand for themselves. The
 * checkpoints of a run that ended well are gone.
 *
 * @param failed ids of runs and datasets whose failure was told: what they left is for whoever asks again
 */
record Objects(Set<String> failed) implements Check {
    private static final String CHECKPOINT = "checkpoint";
    private static final String MARKS = ArtifactLayout.inboxMarker("0").replaceFirst("[^/]*$", "");

    @Override
    public String name() {
        return "no orphan object";
    }

    @Override
    public List<Violation> look(Evidence evidence) {
        Set<String> owned = new HashSet<>();
        Set<String> checkpoints = new HashSet<>();
        evidence.manifests().forEach((key, manifest) -> {
            Set<String> kind = manifest.kind().equals(CHECKPOINT) ? checkpoints : owned;
            kind.add(key);
            manifest.files().stream().map(Manifest.FileEntry::path).forEach(path -> kind.add(ArtifactLayout.file(key, path)));
        });
        List<Violation> violations = new ArrayList<>();
        for (String key : new TreeSet<>(evidence.objects())) {
            if (checkpoints.contains(key) && !isOfAFailure(key)) {
                violations.add(new Violation(name(), key, "Expected checkpoints to be deleted once the run had ended, found this one.", Optional.empty()));
            } else if (!owned.contains(key) && !standsForItself(key)) {
                violations.add(new Violation(name(), key, "Expected every object to belong to a committed manifest, found that this one does not.", Optional.empty()));
            }
        }
        owned.stream().filter(key -> !evidence.objects().contains(key)).sorted().forEach(
                key -> violations.add(new Violation(name(), key, "Expected what a manifest names to be there, found it missing.", Optional.empty())));
        evidence.strays().stream().sorted().forEach(file -> violations.add(new Violation(name(), file, "Expected only objects in the store's folder, found this file.", Optional.empty())));
        return violations;
    }

    private boolean standsForItself(String key) {
        return key.startsWith(ArtifactLayout.datasets() + "feedback") || key.startsWith(ArtifactLayout.inbox()) || key.startsWith(MARKS)
                || isReason(key) || isOfAFailure(key);
    }

    /** Of a file of which nothing was left there is no dataset, only the reasons. */
    private static boolean isReason(String key) {
        return key.startsWith(ArtifactLayout.datasets()) && (key.endsWith("/" + DatasetReport.FILE) || key.endsWith("/" + DatasetReport.PROBLEMS_FILE));
    }

    private boolean isOfAFailure(String key) {
        return failed.stream().anyMatch(id -> key.contains("/" + id + "/"));
    }
}

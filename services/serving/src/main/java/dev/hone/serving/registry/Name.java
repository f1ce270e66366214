package dev.hone.serving.registry;

import dev.hone.events.Event;
import dev.hone.v1.CanaryBounds;
import dev.hone.v1.Candidate;
import dev.hone.v1.Deploy;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** One deployed name: the record that is {@link #want wanted}, from the first on, and what of it is in memory. Guarded by the registry. */
final class Name {
    private Event<Deploy> wanted;
    private Slot stable;
    private Optional<Slot> candidate = Optional.empty();
    private Optional<Trial> trial = Optional.empty();
    private Optional<String> trialFailure = Optional.empty();
    /** Answers for the stable revision: that itself, or the former one while it loads. */
    private ServedRevision answering;
    private Optional<Revision> former = Optional.empty();

    void want(Event<Deploy> record) {
        boolean again = wanted != null && wanted.id().equals(record.id());
        if (!again) {
            trialFailure = Optional.empty();
            trial = record.data().hasCandidate() ? Optional.of(trial(record)) : Optional.empty();
        }
        if (wanted != null && !wanted.data().getRevision().equals(record.data().getRevision())) {
            former = Optional.of(Revision.stable(wanted.data()));
        }
        wanted = record;
    }

    private static Trial trial(Event<Deploy> record) {
        Candidate candidate = record.data().getCandidate();
        CanaryBounds bounds = candidate.hasBounds() ? candidate.getBounds() : CanaryBounds.getDefaultInstance();
        return new Trial(candidate.getRevision().getRevision() + ", which is tried as " + record.data().getModelName(), bounds, record.time());
    }

    Event<Deploy> wanted() {
        return wanted;
    }

    Deploy deploy() {
        return wanted.data();
    }

    /** What was loaded or is being loaded, the stable revision first. */
    Stream<Slot> slots() {
        return Stream.concat(Stream.ofNullable(stable), candidate.stream());
    }

    Slot stable() {
        return stable;
    }

    Optional<Slot> candidate() {
        return candidate;
    }

    Optional<Trial> trial() {
        return trial;
    }

    Optional<String> trialFailure() {
        return trialFailure;
    }

    void failTrial(String reason) {
        trialFailure = Optional.of(reason);
    }

    /** Null while the first revision loads. */
    ServedRevision answering() {
        return answering;
    }

    /** What a rollback would bring back: as the record says, or else what this replica served before. */
    Optional<Revision> previous() {
        return Revision.previous(deploy()).or(() -> former);
    }

    /** What the record wants in memory. */
    Stream<Revision> revisions() {
        return Stream.concat(Stream.of(Revision.stable(deploy())), Revision.candidate(deploy()).stream());
    }

    /** What may be asked for again. */
    Stream<Revision> kept() {
        return Stream.concat(revisions(), previous().stream());
    }

    boolean holds(Slot slot) {
        return slots().anyMatch(own -> own == slot);
    }

    /** Share of conversations that go to the candidate here, in percent. */
    int percent() {
        return isTried() ? deploy().getCandidate().getPercent() : 0;
    }

    int shadowPercent() {
        return isTried() ? deploy().getCandidate().getShadowPercent() : 0;
    }

    private boolean isTried() {
        return candidate.filter(slot -> slot.serving() != null).isPresent() && trialFailure.isEmpty();
    }

    /** Whether the revision is on a trial that has not failed. */
    boolean tries(String revision) {
        return trial.isPresent() && trialFailure.isEmpty() && candidateLabel().equals(revision);
    }

    /** The revision that answers the conversation, held open. There must be one that answers. */
    Lease lease(String conversation) {
        boolean tried = percent() > 0 && Split.takes(deploy().getModelName(), candidateLabel(), conversation, percent());
        return (tried ? candidate.orElseThrow().serving() : answering).lease();
    }

    /** The candidate, held open for a copy of a request; nothing if the request is not to be copied. */
    Optional<Lease> shadow(String answeredBy, String request) {
        boolean copied = shadowPercent() > 0 && !candidateLabel().equals(answeredBy)
                && Split.takes(deploy().getModelName(), "shadow of " + candidateLabel(), request, shadowPercent());
        return copied ? Optional.of(candidate.orElseThrow().serving().lease()) : Optional.empty();
    }

    private String candidateLabel() {
        return deploy().getCandidate().getRevision().getRevision();
    }

    /** The revision of that name, as long as it is known; otherwise the one that serves. */
    Revision described(String revision) {
        return kept().filter(kept -> kept.label().equals(revision)).findFirst().orElse(Revision.stable(deploy()));
    }

    /** Puts new slots in place. @return revisions in memory that nothing needs any more */
    List<ServedRevision> arrange(Slot newStable, Optional<Slot> newCandidate) {
        List<ServedRevision> before = inMemory();
        stable = newStable;
        candidate = newCandidate;
        if (stable.serving() != null) {
            answering = stable.serving();
        }
        return unneeded(before);
    }

    /** @return as {@link #arrange} */
    List<ServedRevision> loaded(Slot slot, ServedRevision revision) {
        List<ServedRevision> before = inMemory();
        slot.serve(revision);
        if (slot == stable) {
            answering = revision;
        }
        return unneeded(before);
    }

    private List<ServedRevision> unneeded(List<ServedRevision> before) {
        before.removeAll(inMemory());
        return before;
    }

    List<ServedRevision> inMemory() {
        return new ArrayList<>(Stream.concat(Stream.of(Optional.ofNullable(answering)), slots().map(slot -> Optional.ofNullable(slot.serving())))
                .flatMap(Optional::stream).filter(Objects::nonNull).distinct().toList());
    }
}

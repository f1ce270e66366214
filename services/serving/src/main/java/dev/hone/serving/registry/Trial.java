package dev.hone.serving.registry;

import dev.hone.v1.CanaryBounds;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What became of a candidate since the record that set it, and whether that is below the record's bounds. What users said
 * comes from a topic that all replicas read, so they agree on it; errors are this replica's own. Not thread-safe.
 */
final class Trial {
    private static final int USUAL_SAMPLES = 20;
    /** Of more answers than this only the latest judgements count. */
    private static final int MOST_JUDGED = 10_000;

    private final String name;
    private final CanaryBounds bounds;
    private final Instant since;
    private final Map<String, Boolean> judged = new LinkedHashMap<>();
    private int good;
    private long answers;
    private long failures;

    /** @param name of the candidate, for sentences @param since the record's time */
    Trial(String name, CanaryBounds bounds, Instant since) {
        this.name = name;
        this.bounds = bounds;
        // answers are dated in seconds
        this.since = since.truncatedTo(ChronoUnit.SECONDS);
    }

    Instant since() {
        return since;
    }

    /** The last judgement of an answer counts. @param answered when the answer was given */
    void judge(String answerId, Instant answered, boolean isGood) {
        if (answered.isBefore(since)) {
            return;
        }
        forget(judged.put(answerId, isGood));
        good += isGood ? 1 : 0;
        if (judged.size() > MOST_JUDGED) {
            forget(judged.remove(judged.keySet().iterator().next()));
        }
    }

    private void forget(Boolean wasGood) {
        good -= Boolean.TRUE.equals(wasGood) ? 1 : 0;
    }

    /** @param failed by a fault of the service, not as its client asked */
    void answer(boolean failed) {
        answers++;
        failures += failed ? 1 : 0;
    }

    /** Why the candidate has failed its trial, in a sentence. */
    Optional<String> failure() {
        int samples = bounds.hasMinSamples() ? bounds.getMinSamples() : USUAL_SAMPLES;
        if (bounds.hasMinGoodShare() && judged.size() >= samples && (double) good / judged.size() < bounds.getMinGoodShare()) {
            return Optional.of("Expected at least " + bounds.getMinGoodShare() + " of the judged answers of " + name + " to be good, found " + good + " of " + judged.size() + ".");
        }
        if (bounds.hasMaxErrorRate() && answers >= samples && (double) failures / answers > bounds.getMaxErrorRate()) {
            return Optional.of("Expected at most " + bounds.getMaxErrorRate() + " of the answers of " + name + " to fail, found " + failures + " of " + answers + ".");
        }
        return Optional.empty();
    }
}

package dev.hone.serving.feedback;

import dev.hone.artifacts.Hashes;
import dev.hone.v1.FeedbackGiven;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The opinion in an event: of which kinds it is, and whether it is a good one. */
final class Said {
    private static final int LIKED = 4;
    private static final int DISLIKED = 2;

    private final FeedbackGiven feedback;

    Said(FeedbackGiven feedback) {
        this.feedback = feedback;
    }

    /** What may be said once of an answer. */
    Set<String> kinds() {
        Set<String> kinds = new TreeSet<>();
        add(kinds, "verdict", !feedback.getVerdict().isEmpty());
        add(kinds, "rating", feedback.hasRating());
        add(kinds, "correction", !feedback.getCorrection().isEmpty());
        add(kinds, "comment", !feedback.getComment().isEmpty());
        add(kinds, "tags", feedback.getTagsCount() > 0);
        return kinds;
    }

    private static void add(Set<String> kinds, String kind, boolean isThere) {
        if (isThere) {
            kinds.add(kind);
        }
    }

    /** Equal for equal opinions, whoever sent them and with whatever conversation. */
    String content() {
        FeedbackGiven.Builder opinion = FeedbackGiven.newBuilder().setVerdict(feedback.getVerdict()).setCorrection(feedback.getCorrection())
                .setComment(feedback.getComment()).addAllTags(feedback.getTagsList());
        if (feedback.hasRating()) {
            opinion.setRating(feedback.getRating());
        }
        return Hashes.sha256(opinion.build().toByteArray());
    }

    /** Whether the user liked the answer; nothing where that was not said. A correction outweighs all else: the answer was wrong. */
    Optional<Boolean> isGood() {
        if (!feedback.getCorrection().isBlank()) {
            return Optional.of(false);
        }
        if (!feedback.getVerdict().isEmpty()) {
            return Optional.of(feedback.getVerdict().equals("good"));
        }
        if (feedback.getRating() >= LIKED) {
            return Optional.of(true);
        }
        return feedback.hasRating() && feedback.getRating() <= DISLIKED ? Optional.of(false) : Optional.empty();
    }
}

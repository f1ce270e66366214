package dev.hone.serving.registry;

import java.util.Collection;
import java.util.Locale;

/** How a revision's weights are held. */
public enum Weights {
    /** A model directory, without an adapter. */
    MODEL,
    /** An adapter added to its base when it was loaded. */
    MERGED,
    /** An adapter computed beside a base that others share. */
    UNMERGED;

    /**
     * What a revision says, or else what is best beside everything that is deployed: adapters that share a base in the same
     * type stay unmerged, and one alone is merged. It depends on the topic's content only, so that replicas agree.
     *
     * @param all revisions that are wanted, this one among them
     */
    static Weights of(Revision revision, Collection<Revision> all) {
        if (!revision.isAdapter()) {
            return MODEL;
        }
        return switch (revision.parts().getWeights()) {
            case "merged" -> MERGED;
            case "unmerged" -> UNMERGED;
            default -> all.stream().filter(revision::mayShareItsBaseWith).map(Revision::adapter).distinct().count() > 1 ? UNMERGED : MERGED;
        };
    }

    /** As ListModels says it. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}

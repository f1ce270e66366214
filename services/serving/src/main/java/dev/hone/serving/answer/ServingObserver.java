package dev.hone.serving.answer;

import dev.hone.llm.engine.LoadedModel;
import java.time.Duration;

/** Told of what no answer's sink sees; must return at once. */
public interface ServingObserver {
    ServingObserver NONE = new ServingObserver() {};

    /** Every revision that the deploy topic named when the replica started is loaded or has failed. */
    default void converged() {}

    /** A revision can answer. @param memory shared with other revisions where they have the same weights */
    default void loaded(LoadedModel memory, String model, String revision, Duration took) {}

    /** These weights are gone from memory. */
    default void unloaded(LoadedModel memory) {}

    /** The last answer of a replaced or withdrawn revision has ended. */
    default void retired(String model, String revision) {}

    /** @param adapter the key of its manifest */
    default void adapterLoaded(String adapter, long bytes, Duration took) {}

    default void adapterEvicted(String adapter, long bytes) {}

    /** How a copy of a request ended. */
    enum Shadow { ANSWERED, FAILED, DROPPED }

    /** @param agreement share of the first tokens that were the same as in the answer that was given, 0 to 1; NaN where there is no answer */
    default void shadowed(String model, String revision, Shadow outcome, Duration took, double agreement) {}

    /** A candidate fell below its bounds here. */
    default void candidateFailed(String model, String revision) {}
}

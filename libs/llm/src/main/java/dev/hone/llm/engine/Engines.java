package dev.hone.llm.engine;

import dev.hone.llm.kernel.WorkTeam;

/** Starts engines. */
public final class Engines {
    private Engines() {}

    /** An engine without models, whose thread waits for the first. Close it to end its threads. */
    public static Engine start(EngineSettings settings, EngineObserver observer) {
        return new ContinuousEngine(settings, observer, Weights.FILES, WorkTeam.of(settings.threads()));
    }
}

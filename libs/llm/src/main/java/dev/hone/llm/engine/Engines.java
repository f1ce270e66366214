package dev.hone.llm.engine;

import dev.hone.llm.kernel.WorkTeam;

/** Starts engines. */
public final class Engines {
    private static final String VECTORS = "jdk.incubator.vector";

    private Engines() {}

    /**
     * An engine without models, whose thread waits for the first. Close it to end its threads.
     *
     * @throws IllegalStateException if the JVM was started without the module that its kernels are written with
     */
    public static Engine start(EngineSettings settings, EngineObserver observer) {
        if (ModuleLayer.boot().findModule(VECTORS).isEmpty()) {
            throw new IllegalStateException("The engine computes with the JVM's vectors, and their module is not there. Start Java with --add-modules=" + VECTORS + ".");
        }
        return new ContinuousEngine(settings, observer, Weights.FILES, WorkTeam.of(settings.threads()));
    }
}

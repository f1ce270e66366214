package dev.hone.serving.registry;

import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.CorruptArtifact;
import dev.hone.artifacts.ManifestRef;
import dev.hone.llm.engine.LoadedModel;
import dev.hone.serving.answer.ServingObserver;
import dev.hone.serving.models.AdapterCache;
import dev.hone.serving.models.ModelKey;
import dev.hone.serving.models.ModelSource;
import dev.hone.serving.models.SharedModels;
import dev.hone.telemetry.Part;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Revisions over shared models and cached adapters. */
public final class SharedLoader implements RevisionLoader {
    private static final Logger LOG = LoggerFactory.getLogger(SharedLoader.class);

    private final ModelSource source;
    private final SharedModels models;
    private final AdapterCache adapters;
    /** Closed, but with artifacts that a rollback or another revision may want. */
    private final Set<Revision> leftBehind = new LinkedHashSet<>();

    public SharedLoader(ModelSource source, AdapterCache adapters, ServingObserver observer) {
        this.source = source;
        this.adapters = adapters;
        this.models = new SharedModels(source, closing -> {
            adapters.forgetAllOf(closing);
            observer.unloaded(closing);
        });
    }

    @Override
    public Loaded load(Revision revision, Weights weights, boolean adapterToo) throws IOException {
        try (Part load = Part.of("load " + revision.model()).with("hone.model", revision.model()).with("hone.revision", revision.label())) {
            try {
                return loaded(revision, weights, adapterToo);
            } catch (IOException | RuntimeException e) {
                load.failed(e);
                throw e;
            }
        }
    }

    private Loaded loaded(Revision revision, Weights weights, boolean adapterToo) throws IOException {
        ManifestRef directory = source.resolved(revision.directory());
        if (weights != Weights.UNMERGED) {
            Optional<ManifestRef> merged = weights == Weights.MERGED ? Optional.of(source.resolved(revision.adapter())) : Optional.empty();
            return new Whole(models.hold(new ModelKey(directory, merged, revision.servedAs())));
        }
        ManifestRef adapter = source.resolved(revision.adapter());
        SharedModels.Hold base = models.hold(new ModelKey(directory, Optional.empty(), revision.servedAs()));
        try {
            return unmerged(base, adapter, revision.parts().getPinned(), adapterToo);
        } catch (IOException | RuntimeException | Error e) {
            base.close();
            throw e;
        }
    }

    private Loaded unmerged(SharedModels.Hold base, ManifestRef adapter, boolean pinned, boolean adapterToo) throws IOException {
        if (!pinned && !adapterToo) {
            return new Beside(base, adapter, Optional.empty());
        }
        AdapterCache.Hold hold = await(adapters.hold(base, adapter));
        if (pinned) {
            return new Beside(base, adapter, Optional.of(hold));
        }
        hold.close();
        return new Beside(base, adapter, Optional.empty());
    }

    private static AdapterCache.Hold await(CompletableFuture<AdapterCache.Hold> hold) throws IOException {
        try {
            return hold.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case IOException io -> throw io;
                case RuntimeException bad -> throw bad;
                case Error error -> throw error;
                default -> throw e;
            }
        }
    }

    @Override
    public synchronized void forget(Revision closed, Collection<Revision> wanted) {
        Set<String> kept = wanted.stream().flatMap(Revision::artifacts).map(ManifestRef::key).collect(Collectors.toSet());
        leftBehind.add(closed);
        leftBehind.stream().flatMap(Revision::artifacts).distinct().filter(artifact -> !kept.contains(artifact.key())).forEach(this::forget);
        leftBehind.removeIf(revision -> revision.artifacts().noneMatch(artifact -> kept.contains(artifact.key())));
    }

    private void forget(ManifestRef artifact) {
        try {
            ManifestRef resolved = source.resolved(artifact);
            adapters.forget(resolved);
            if (!models.uses(resolved)) {
                source.forget(resolved);
            }
        } catch (IOException | ArtifactMissing | CorruptArtifact e) {
            LOG.warn("copy of an artifact stays behind artifact={} reason={}", artifact.key(), e.toString());
        }
    }

    private record Whole(SharedModels.Hold hold) implements Loaded {
        @Override
        public LoadedModel model() {
            return hold.model();
        }

        @Override
        public CompletableFuture<Optional<AdapterCache.Hold>> adapter() {
            return CompletableFuture.completedFuture(Optional.empty());
        }

        @Override
        public boolean isAdapterLoaded() {
            return false;
        }

        @Override
        public void close() {
            hold.close();
        }
    }

    /** @param pinned what keeps a pinned adapter in memory */
    private final class Beside implements Loaded {
        private final SharedModels.Hold base;
        private final ManifestRef adapter;
        private final Optional<AdapterCache.Hold> pinned;

        private Beside(SharedModels.Hold base, ManifestRef adapter, Optional<AdapterCache.Hold> pinned) {
            this.base = base;
            this.adapter = adapter;
            this.pinned = pinned;
        }

        @Override
        public LoadedModel model() {
            return base.model();
        }

        @Override
        public CompletableFuture<Optional<AdapterCache.Hold>> adapter() {
            return adapters.hold(base, adapter).thenApply(Optional::of);
        }

        @Override
        public boolean isAdapterLoaded() {
            return adapters.isLoaded(base.model(), adapter);
        }

        @Override
        public void close() {
            pinned.ifPresent(AdapterCache.Hold::close);
            base.close();
        }
    }
}

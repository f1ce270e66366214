package dev.hone.cli.deploy;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.ManifestRef;
import dev.hone.cli.console.Failure;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.DeployedRevision;
import java.io.IOException;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What a revision is made of. */
final class RevisionOptions {
    @Option(names = "--revision", required = true, paramLabel = "NAME", description = "What to call it; each answer names the revision that gave it.")
    private String revision;

    @Option(names = "--model", paramLabel = "KEY", description = "A model in the store: a base model's name, or a directory's key such as models/RUN/int8.")
    private String model;

    @Option(names = "--adapter", paramLabel = "KEY", description = "An adapter in the store: a run's id, or a directory's key such as adapters/RUN.")
    private String adapter;

    @Option(names = "--base", paramLabel = "KEY", description = "The model the adapter is for, named as with --model.")
    private String base;

    @Option(names = "--weights", paramLabel = "merged|unmerged", description = "How the adapter is computed: added to the base's weights, or beside a base that others share."
            + " Default: unmerged where several adapters have the same base.")
    private String weights = "";

    @Option(names = "--serve-as", paramLabel = "TYPE", description = "bf16, int8 or int4; as the files have it unless given.")
    private String serveAs = "";

    @Option(names = "--scheme", paramLabel = "NAME", description = "How it was quantized, for people to read.")
    private String scheme = "";

    @Option(names = "--pinned", description = "An unmerged adapter that stays in memory.")
    private boolean pinned;

    /** @throws Failure when something named is not in the store */
    DeployedRevision revision(ArtifactStore store) throws IOException {
        if ((model == null) == (adapter == null)) {
            throw new Failure(Failure.USAGE, "Expected either --model or --adapter, found " + (model == null ? "neither." : "both."));
        }
        if (adapter != null && base == null) {
            throw new Failure(Failure.USAGE, "Expected --base beside --adapter, found none.");
        }
        DeployedRevision.Builder made = DeployedRevision.newBuilder().setRevision(revision).setWeights(weights).setServeAs(serveAs).setScheme(scheme).setPinned(pinned);
        if (adapter == null) {
            return made.setModel(model(store, model)).setBaseModel(isName(model) ? model : "").build();
        }
        return made.setAdapter(found(store, isName(adapter) ? ArtifactLayout.adapter(adapter) : adapter, "adapter", adapter))
                .setBase(model(store, base)).setBaseModel(isName(base) ? base : "").build();
    }

    private static ArtifactRef model(ArtifactStore store, String named) throws IOException {
        return found(store, isName(named) ? ArtifactLayout.baseModel(named) : named, "model", named);
    }

    private static boolean isName(String named) {
        return !named.contains("/");
    }

    private static ArtifactRef found(ArtifactStore store, String key, String what, String named) throws IOException {
        Optional<ManifestRef> ref = store.ref(key);
        return ref.map(found -> ArtifactRef.newBuilder().setManifest(found.key()).setSha256(found.sha256()).build()).orElseThrow(
                () -> new Failure("Expected the " + what + " \"" + named + "\" in the store, found no " + ArtifactLayout.manifest(key) + "."));
    }
}

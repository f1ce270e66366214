package dev.hone.serving;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.Hashes;
import dev.hone.artifacts.ManifestRef;
import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.Generator;
import dev.hone.llm.generate.Sampling;
import dev.hone.llm.text.ChatMessage;
import dev.hone.v1.Deploy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads models from the object store, by way of a folder of verified copies. */
@Singleton
class StoreModelLoader implements ModelLoader {
    private static final Logger LOG = LoggerFactory.getLogger(StoreModelLoader.class);

    private final ArtifactStore store;
    private final Path copies;

    @Inject
    StoreModelLoader(ArtifactStore store, ServingConfig config) {
        this.store = store;
        this.copies = config.workDir().resolve("models");
    }

    @Override
    public TextModel load(Deploy deploy) throws IOException {
        Path copy = copy(deploy);
        store.fetch(new ManifestRef(deploy.getModel().getManifest(), deploy.getModel().getSha256()), copy);
        return new LoadedGenerator(Generator.load(copy));
    }

    @Override
    public void forget(Deploy deploy) {
        try {
            delete(copy(deploy));
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("copy of a model stays behind model={} revision={} reason={}", deploy.getModelName(), deploy.getRevision(), e.toString());
        }
    }

    /** Named by the artifact, so that a copy is found again after a restart and two revisions never share one. */
    private Path copy(Deploy deploy) {
        String artifact = deploy.getModel().getManifest() + "\n" + deploy.getModel().getSha256();
        return copies.resolve(Hashes.sha256(artifact.getBytes(StandardCharsets.UTF_8)).substring(0, 16));
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    private record LoadedGenerator(Generator generator) implements TextModel {
        @Override
        public int[] tokens(String text) {
            return generator.tokenizer().encode(text);
        }

        @Override
        public int[] tokens(List<ChatMessage> conversation) {
            return generator.tokenizer().prompt(conversation);
        }

        @Override
        public Completion answer(int[] prompt, Sampling sampling, Consumer<String> onText, BooleanSupplier cancelled) {
            return generator.generate(prompt, sampling, onText, cancelled);
        }

        @Override
        public long parameters() {
            return generator.parameters();
        }

        @Override
        public int contextLength() {
            return generator.contextLength();
        }

        @Override
        public void close() {
            generator.close();
        }
    }
}

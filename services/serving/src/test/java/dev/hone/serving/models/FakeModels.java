package dev.hone.serving.models;

import dev.hone.artifacts.ManifestRef;
import dev.hone.llm.engine.LoadedAdapter;
import dev.hone.llm.engine.LoadedModel;
import dev.hone.llm.text.ChatTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A store whose models weigh nothing and whose adapters weigh ten bytes. */
public final class FakeModels implements ModelSource {
    private static final ChatTokenizer TOKENIZER = ChatTokenizer.load(Path.of(System.getProperty("hone.root"), "libs/llm/src/test/resources/tiny-tokenizer"));

    public final List<String> loads = Collections.synchronizedList(new ArrayList<>());
    public final List<String> closed = Collections.synchronizedList(new ArrayList<>());
    public final List<String> forgotten = Collections.synchronizedList(new ArrayList<>());
    /** How often each is unavailable before it can be loaded. */
    public final Map<String, Integer> outages = new HashMap<>();
    public final Set<String> broken = new TreeSet<>();

    public static ManifestRef ref(String name) {
        return new ManifestRef(name + "/manifest.json", "");
    }

    private static String name(ManifestRef ref) {
        return ref.key().replace("/manifest.json", "");
    }

    @Override
    public LoadedModel load(ModelKey key) throws IOException {
        String name = name(key.model()) + key.merged().map(adapter -> "+" + name(adapter)).orElse("");
        begin(name);
        return new FakeModel(name);
    }

    @Override
    public LoadedAdapter loadAdapter(LoadedModel base, ManifestRef adapter) throws IOException {
        begin(name(adapter));
        return new FakeAdapter(base, name(adapter));
    }

    private void begin(String name) throws IOException {
        loads.add(name);
        if (outages.merge(name, -1, Integer::sum) >= 0) {
            throw new IOException("connection refused");
        }
        if (broken.contains(name)) {
            throw new IllegalStateException("Expected 8 weights, found 7.");
        }
    }

    @Override
    public ManifestRef resolved(ManifestRef ref) {
        return ref;
    }

    @Override
    public void forget(ManifestRef artifact) {
        forgotten.add(name(artifact));
    }

    private final class FakeModel implements LoadedModel {
        private final String name;

        private FakeModel(String name) {
            this.name = name;
        }

        @Override
        public ChatTokenizer tokenizer() {
            return TOKENIZER;
        }

        @Override
        public int contextLength() {
            return 100;
        }

        @Override
        public long parameters() {
            return 1;
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public void close() {
            closed.add(name);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private final class FakeAdapter implements LoadedAdapter {
        private final LoadedModel base;
        private final String name;

        private FakeAdapter(LoadedModel base, String name) {
            this.base = base;
            this.name = name;
        }

        @Override
        public LoadedModel base() {
            return base;
        }

        @Override
        public long bytes() {
            return 10;
        }

        @Override
        public void close() {
            closed.add(name);
        }

        @Override
        public String toString() {
            return name;
        }
    }
}

package dev.hone.artifacts;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.artifacts.signing.BadSignature;
import dev.hone.artifacts.signing.Seal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Manifests as they lie in the store: the only place where one is written or believed. */
final class Manifests {
    private static final Logger LOG = LoggerFactory.getLogger(Manifests.class);
    /** Two readers of an object that has a name twice might see two things. */
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final ObjectStore objects;
    private final Seal seal;
    private final AtomicLong unsigned = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    Manifests(ObjectStore objects, Seal seal) {
        this.objects = objects;
        this.seal = seal;
    }

    /** One that may be used. */
    record Found(Manifest manifest, ManifestRef ref) {}

    long unsignedReads() {
        return unsigned.get();
    }

    long refusedReads() {
        return refused.get();
    }

    /**
     * @param sha256 of the manifest one expects; empty: any
     * @throws CorruptArtifact when it is no manifest, or another one
     * @throws UntrustedArtifact when it may not be used
     */
    Optional<Found> find(String key, String sha256) throws IOException {
        Optional<byte[]> json = objects.get(key);
        return json.isEmpty() ? Optional.empty() : Optional.of(checked(key, sha256, json.get()));
    }

    private Found checked(String key, String sha256, byte[] json) {
        String found = Hashes.sha256(json);
        if (!sha256.isEmpty() && !sha256.equals(found)) {
            throw new CorruptArtifact("The manifest at " + key + " is not the one the event refers to: expected SHA-256 " + sha256 + ", found " + found + ".");
        }
        ObjectNode tree = tree(key, json);
        try {
            if (seal.check(key, tree) == Seal.Verdict.UNSIGNED) {
                unsigned.incrementAndGet();
                LOG.warn("no trusted signature, used nevertheless because hone.signing.required is false key={}", key);
            }
        } catch (BadSignature e) {
            refused.incrementAndGet();
            LOG.error("artifact refused key={} reason={}", key, e.getMessage());
            throw new UntrustedArtifact(e.getMessage());
        }
        return new Found(manifest(key, tree), new ManifestRef(key, found));
    }

    private static ObjectNode tree(String key, byte[] json) {
        try {
            JsonNode tree = JSON.readTree(json);
            if (tree instanceof ObjectNode object) {
                return object;
            }
            throw new CorruptArtifact("Expected a manifest at " + key + ", found something else.");
        } catch (IOException e) {
            throw new CorruptArtifact("Expected a manifest at " + key + ", found something else: " + e.getMessage());
        }
    }

    private static Manifest manifest(String key, ObjectNode tree) {
        try {
            return JSON.treeToValue(tree, Manifest.class);
        } catch (JsonProcessingException | NullPointerException e) {
            throw new CorruptArtifact("Expected a manifest at " + key + ", found something else: " + e.getMessage());
        }
    }

    /** Signed where there is a key; one of the same content that may be used stays as it is, so that references to it hold. */
    ManifestRef write(String key, Manifest manifest) throws IOException {
        Optional<ManifestRef> before = same(key, manifest);
        if (before.isPresent()) {
            return before.get();
        }
        byte[] json = bytes(seal.sign(key, JSON.valueToTree(manifest)));
        objects.put(key, json);
        return new ManifestRef(key, Hashes.sha256(json));
    }

    /** One that nobody believes, or that is none, is there as little as if it were not: it is replaced. */
    private Optional<ManifestRef> same(String key, Manifest manifest) throws IOException {
        Optional<byte[]> json = objects.get(key);
        if (json.isEmpty()) {
            return Optional.empty();
        }
        try {
            ObjectNode tree = tree(key, json.get());
            boolean stays = manifest(key, tree).sameContentAs(manifest) && seal.isAsGoodAsOwn(key, tree);
            return stays ? Optional.of(new ManifestRef(key, Hashes.sha256(json.get()))) : Optional.empty();
        } catch (CorruptArtifact e) {
            return Optional.empty();
        }
    }

    private static byte[] bytes(ObjectNode tree) {
        try {
            return JSON.writeValueAsString(tree).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a manifest is always JSON", e);
        }
    }
}

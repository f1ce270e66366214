package dev.hone.architecture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Assumptions;

/** Renders folders of k8s/ with {@code kubectl kustomize}; no cluster is needed. */
final class Kustomize {
    private static final Map<String, List<Map<String, Object>>> RENDERED = new ConcurrentHashMap<>();

    private Kustomize() {}

    /** The objects of a folder; the calling test is skipped, with a message, where kubectl is not on the PATH. */
    static List<Map<String, Object>> render(String folder) {
        return RENDERED.computeIfAbsent(folder, Kustomize::run);
    }

    private static List<Map<String, Object>> run(String folder) {
        Process kubectl;
        try {
            kubectl = new ProcessBuilder("kubectl", "kustomize", folder).directory(Repository.file("").toFile()).start();
        } catch (IOException e) {
            Assumptions.abort("kubectl is not on the PATH, so k8s/ is not rendered here. Install it to run these tests.");
            return List.of();
        }
        try {
            String output = new String(kubectl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            String errors = new String(kubectl.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            if (kubectl.waitFor() != 0) {
                throw new AssertionError("Expected " + folder + " to render, found: " + errors);
            }
            return Manifests.parse(output);
        } catch (IOException e) {
            throw new AssertionError("kubectl could not be read", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while rendering " + folder, e);
        }
    }
}

package dev.hone.images;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * An image as it lies in its tar.
 *
 * @param config what starts it, and as whom
 * @param layers entries by path, lowest layer first; folders end with a slash
 */
record BuiltImage(JsonNode config, List<Map<String, TarArchiveEntry>> layers, JsonNode manifest) {

    static BuiltImage read(Path tar) throws IOException {
        Map<String, byte[]> files = new HashMap<>();
        try (TarArchiveInputStream in = new TarArchiveInputStream(Files.newInputStream(tar))) {
            for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                files.put(entry.getName(), in.readAllBytes());
            }
        }
        ObjectMapper json = new ObjectMapper();
        JsonNode manifest = json.readTree(files.get("manifest.json")).get(0);
        List<Map<String, TarArchiveEntry>> layers = new ArrayList<>();
        for (JsonNode layer : manifest.get("Layers")) {
            layers.add(entries(new GZIPInputStream(new ByteArrayInputStream(files.get(layer.asText())))));
        }
        return new BuiltImage(json.readTree(files.get(manifest.get("Config").asText())), layers, manifest);
    }

    private static Map<String, TarArchiveEntry> entries(InputStream layer) throws IOException {
        Map<String, TarArchiveEntry> entries = new LinkedHashMap<>();
        try (TarArchiveInputStream in = new TarArchiveInputStream(layer)) {
            for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.put("/" + entry.getName(), entry);
            }
        }
        return entries;
    }

    /** What each layer holds, in their order. */
    List<String> names() {
        return texts(config.get("history"), "comment");
    }

    /** The SHA-256 of a layer's contents. */
    String digest(Share share) {
        return config.get("rootfs").get("diff_ids").get(names().indexOf(share.name())).asText();
    }

    /** The files of a layer, without folders. */
    List<String> files(Share share) {
        return layers.get(names().indexOf(share.name())).values().stream().filter(TarArchiveEntry::isFile).map(entry -> "/" + entry.getName()).toList();
    }

    Stream<TarArchiveEntry> entries() {
        return layers.stream().flatMap(layer -> layer.values().stream());
    }

    Map<String, String> environment() {
        Map<String, String> variables = new HashMap<>();
        config.get("config").get("Env").forEach(pair -> variables.put(pair.asText().split("=", 2)[0], pair.asText().split("=", 2)[1]));
        return variables;
    }

    private static List<String> texts(JsonNode array, String field) {
        return StreamSupport.stream(array.spliterator(), false).map(node -> node.get(field).asText()).toList();
    }
}

package dev.hone.artifacts;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a directory in the store consists of. Written after all of its files, so that who finds it finds them whole; in the
 * store it may bear a signature, too: see {@link dev.hone.artifacts.signing.Seal}.
 *
 * @param kind       dataset, base-model, adapter, checkpoint, model or report
 * @param id         the dataset's or run's id, or the base model's name
 * @param createdBy  the service that wrote it
 * @param createdAt  ISO 8601 instant
 * @param files      sorted by path
 * @param properties what a reader may want to know before it fetches a file
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Manifest(
        String kind,
        String id,
        @JsonProperty("created_by") String createdBy,
        @JsonProperty("created_at") String createdAt,
        List<FileEntry> files,
        Map<String, String> properties) {

    /** @param sha256 hex, of the file's bytes */
    public record FileEntry(String path, long size, String sha256) {}

    public Manifest {
        files = files.stream().sorted(Comparator.comparing(FileEntry::path)).toList();
        properties = properties == null ? Map.of() : new TreeMap<>(properties);
    }

    public Optional<String> property(String name) {
        return Optional.ofNullable(properties.get(name));
    }

    public Optional<FileEntry> file(String path) {
        return files.stream().filter(file -> file.path().equals(path)).findFirst();
    }

    public long size() {
        return files.stream().mapToLong(FileEntry::size).sum();
    }

    boolean sameContentAs(Manifest other) {
        return kind.equals(other.kind) && id.equals(other.id) && files.equals(other.files) && properties.equals(other.properties);
    }
}

package dev.hone.artifacts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ManifestTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void givenAManifest_whenWrittenAndRead_thenItIsTheSame() throws JsonProcessingException {
        Manifest manifest = new Manifest("adapter", "r1", "trainer", "2026-01-01T00:00:00Z",
                List.of(new Manifest.FileEntry("b", 2, "bb"), new Manifest.FileEntry("a", 1, "aa")), Map.of("steps", "10"));

        Manifest read = JSON.treeToValue(JSON.valueToTree(manifest), Manifest.class);

        assertEquals(manifest, read);
        assertEquals("a", read.files().getFirst().path());
        assertEquals(3, read.size());
        assertEquals(2, read.file("b").orElseThrow().size());
        assertTrue(read.file("c").isEmpty());
    }
}

package dev.hone.cli.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.artifacts.signing.Seal;
import dev.hone.artifacts.signing.SigningKey;
import dev.hone.artifacts.signing.TrustedKey;
import dev.hone.cli.CommandRun;
import dev.hone.cli.console.Failure;
import dev.hone.cli.home.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFolderTest {
    @TempDir
    Path folder;

    @Test
    void givenANewHome_whenItsKeysAreAskedFor_thenEachWriterHasOneThatOnlyItsOwnerReads() throws IOException {
        KeyFolder keys = KeyFolder.of(new Home(folder, folder));
        assertEquals(KeyFolder.WRITERS, keys.trusted().stream().map(TrustedKey::name).toList());
        for (String writer : KeyFolder.WRITERS) {
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(keys.keyFile(writer))));
            assertTrue(keys.config(writer).required() && keys.config(writer).keyFile().isPresent());
            Seal.of(keys.config(writer));
        }
        assertTrue(keys.config("serving").keyFile().isEmpty() && keys.config("serving").required());
        assertEquals(keys.trusted(), KeyFolder.of(new Home(folder, folder)).trusted());
    }

    @Test
    void givenAHomeWithArtifactsFromBefore_whenItGetsKeys_thenTheyAreStillAccepted() throws IOException {
        Files.createDirectories(folder.resolve("s3/hone/base/m"));
        Files.writeString(folder.resolve("s3/hone/base/m/manifest.json"), "{}");
        assertFalse(KeyFolder.of(new Home(folder, folder)).config("trainer").required());
    }

    @Test
    void givenAKeyInUse_whenItIsRotatedAndTheFormerDistrusted_thenOnlyTheNewOneIsBelieved() throws IOException {
        KeyFolder keys = new KeyFolder(folder);
        keys.create();
        String former = SigningKey.read(keys.keyFile("trainer")).id();
        TrustedKey next = keys.rotate("trainer");
        assertNotEquals(former, next.id());
        assertEquals(next.id(), SigningKey.read(keys.keyFile("trainer")).id());
        assertEquals(KeyFolder.WRITERS.size() + 1, keys.trusted().size());
        keys.remove(former);
        assertTrue(keys.trusted().stream().noneMatch(key -> key.id().equals(former)));
        assertThrows(Failure.class, () -> keys.remove(former));
        assertThrows(Failure.class, () -> keys.rotate("serving"));
    }

    @Test
    void givenTheCommand_whenKeysAreMadeTrustedAndListed_thenItSaysWhatItDid() throws IOException {
        String dir = folder.resolve("keys").toString();
        String made = CommandRun.of("keys", "create", "--dir", dir).out();
        assertTrue(made.contains("hone-signing-trainer") && made.contains("hone-signing-trusted"), made);
        TrustedKey theirs = SigningKey.generate().trusted("", Set.of());
        Path file = Files.writeString(folder.resolve("theirs.pem"), theirs.toPem());
        assertEquals(0, CommandRun.of("keys", "trust", file.toString(), "--name", "partner", "--prefix", "base/", "--dir", dir).exit());
        List<String> rows = CommandRun.of("keys", "--dir", dir).out().lines().toList();
        assertTrue(rows.stream().anyMatch(row -> row.contains(theirs.id()) && row.contains("partner") && row.contains("base/")), rows.toString());
        CommandRun missing = CommandRun.of("keys", "trust", folder.resolve("nothing.pem").toString(), "--dir", dir);
        assertEquals(1, missing.exit());
        assertTrue(missing.error().contains("nothing.pem"), missing.error());
    }
}

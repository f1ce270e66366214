package dev.hone.cli.work;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.console.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldersTest {
    @TempDir Path folder;

    @Test
    void givenAFolderOfSomebodys_whenAskedToReplaceIt_thenItIsNot() throws IOException {
        Path mine = Files.createDirectories(folder.resolve("mine"));
        Files.writeString(mine.resolve("letter.txt"), "dear");
        Failure failure = assertThrows(Failure.class, () -> Folders.requireReplaceable(mine, List.of()));
        assertTrue(failure.getMessage().contains("neither config.json nor report.json"), failure.getMessage());
        Files.writeString(mine.resolve("config.json"), "{}");
        assertDoesNotThrow(() -> Folders.requireReplaceable(mine, List.of()));
    }

    @Test
    void givenAFolderThatIsRead_whenAskedToReplaceIt_thenItIsNot() throws IOException {
        Path model = Files.createDirectories(folder.resolve("model"));
        Files.writeString(model.resolve("config.json"), "{}");
        assertThrows(Failure.class, () -> Folders.requireReplaceable(folder.resolve("model/../model"), List.of(model)));
    }

    @Test
    void givenAFormerResult_whenReplaced_thenOnlyTheNewOneIsThere() throws IOException {
        Path target = Files.createDirectories(folder.resolve("deep/out"));
        Files.writeString(target.resolve("old"), "old");
        Path made = Files.createDirectories(folder.resolve("made"));
        Files.writeString(made.resolve("new"), "newer");
        Folders.replace(made, target);
        assertTrue(Files.exists(target.resolve("new")) && !Files.exists(target.resolve("old")) && !Files.exists(made));
        assertEquals(5, Folders.bytes(target));
    }

    @Test
    void givenAScratchFolderWithSomethingElseInIt_whenCleared_thenThatStays() throws IOException {
        Path work = Files.createDirectories(folder.resolve("work"));
        Folders.deleteIfEmpty(work);
        assertFalse(Files.exists(work));
        Files.createDirectories(work.resolve("other"));
        Folders.deleteIfEmpty(work);
        assertTrue(Files.exists(work.resolve("other")));
    }
}

package dev.hone.cli.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.home.Home;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnswerIdSecretTest {
    @TempDir Path folder;

    @Test
    void givenAHome_whenItsSecretIsAskedForAgain_thenItIsTheSameAndAnotherHomesIsNot() {
        String secret = AnswerIdSecret.of(new Home(folder, folder.resolve("one")));

        assertTrue(secret.matches("[0-9a-f]{64}"), "found " + secret.length() + " characters");
        assertEquals(secret, AnswerIdSecret.of(new Home(folder, folder.resolve("one"))));
        assertNotEquals(secret, AnswerIdSecret.of(new Home(folder, folder.resolve("two"))));
    }
}

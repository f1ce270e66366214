package dev.hone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HoneTest {
    private static final List<String> COMMANDS = List.of("up", "down", "demo", "submit", "runs", "chat", "feedback", "models", "deploy", "promote", "rollback", "plan", "train", "score", "merge", "quantize", "export", "evaluate", "keys", "chaos");

    @TempDir Path home;

    @Test
    void givenEveryCommand_whenAskedForHelp_thenItExplainsItselfWithAnExample() {
        for (String command : COMMANDS) {
            CommandRun result = run(command, "--help");
            assertEquals(0, result.exit(), command);
            assertTrue(result.out().contains("Usage: hone " + command) && result.out().contains("./hone " + command), command + ": " + result.out());
        }
    }

    @Test
    void givenNoArguments_whenRun_thenTheCommandsAreListed() {
        CommandRun result = run();
        assertEquals(0, result.exit());
        COMMANDS.forEach(command -> assertTrue(result.out().contains("\n  " + command + " "), command));
    }

    @Test
    void givenATypingError_whenRun_thenTheCommandMeantIsNamedAndTheCodeIsThatOfMisuse() {
        CommandRun result = run("submitt");
        assertEquals(2, result.exit());
        assertTrue(result.error().contains("hone submit"), result.error());
    }

    @Test
    void givenAMissingArgument_whenRun_thenASentenceAndNoStackTrace() {
        CommandRun result = run("chat");
        assertEquals(2, result.exit());
        assertTrue(result.error().contains("MODEL") && result.error().contains("./hone chat --help"), result.error());
        assertFalse(result.error().contains("\tat "), result.error());
    }

    @Test
    void givenNoRunningStack_whenACommandNeedsOne_thenItSaysHowToStartIt() {
        for (String[] command : new String[][] {{"runs"}, {"models"}, {"promote", "support"}, {"rollback", "support"}, {"deploy", "support", "--revision", "v2", "--model", "hone-nano"}, {"chat", "support", "hi"}, {"submit", "file.jsonl"},
                {"feedback", "support", "--prompt", "p", "--correction", "c"}}) {
            List<String> all = new java.util.ArrayList<>(List.of(command));
            all.addAll(List.of("--home", home.toString()));
            CommandRun result = run(all.toArray(String[]::new));
            assertEquals(1, result.exit(), command[0]);
            assertTrue(result.error().contains("Nothing runs here") && result.error().contains("./hone up"), command[0] + ": " + result.error());
        }
    }

    @Test
    void givenFeedbackThatSaysNothing_whenRun_thenTheSentenceNamesWhatIsMissing() {
        assertTrue(run("feedback", "support", "--prompt", "p").error().contains("--correction, --verdict, --rating, --comment or --tag"));
        assertTrue(run("feedback", "support", "--verdict", "good").error().contains("--id"));
    }

    private static CommandRun run(String... args) {
        return CommandRun.of(args);
    }
}

package dev.hone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HoneTest {
    private static final List<String> COMMANDS = List.of("up", "down", "demo", "submit", "runs", "chat", "feedback", "models", "plan");

    @TempDir Path home;

    /** @param exit the code for the shell */
    private record Result(int exit, String out, String error) {}

    @Test
    void givenEveryCommand_whenAskedForHelp_thenItExplainsItselfWithAnExample() {
        for (String command : COMMANDS) {
            Result result = run(command, "--help");
            assertEquals(0, result.exit(), command);
            assertTrue(result.out().contains("Usage: hone " + command) && result.out().contains("./hone " + command), command + ": " + result.out());
        }
    }

    @Test
    void givenNoArguments_whenRun_thenTheCommandsAreListed() {
        Result result = run();
        assertEquals(0, result.exit());
        COMMANDS.forEach(command -> assertTrue(result.out().contains("\n  " + command + " "), command));
    }

    @Test
    void givenATypingError_whenRun_thenTheCommandMeantIsNamedAndTheCodeIsThatOfMisuse() {
        Result result = run("submitt");
        assertEquals(2, result.exit());
        assertTrue(result.error().contains("hone submit"), result.error());
    }

    @Test
    void givenAMissingArgument_whenRun_thenASentenceAndNoStackTrace() {
        Result result = run("chat");
        assertEquals(2, result.exit());
        assertTrue(result.error().contains("MODEL") && result.error().contains("./hone chat --help"), result.error());
        assertFalse(result.error().contains("\tat "), result.error());
    }

    @Test
    void givenNoRunningStack_whenACommandNeedsOne_thenItSaysHowToStartIt() {
        for (String[] command : new String[][] {{"runs"}, {"models"}, {"chat", "support", "hi"}, {"submit", "file.jsonl"},
                {"feedback", "support", "--prompt", "p", "--correction", "c"}}) {
            List<String> all = new java.util.ArrayList<>(List.of(command));
            all.addAll(List.of("--home", home.toString()));
            Result result = run(all.toArray(String[]::new));
            assertEquals(1, result.exit(), command[0]);
            assertTrue(result.error().contains("Nothing runs here") && result.error().contains("./hone up"), command[0] + ": " + result.error());
        }
    }

    @Test
    void givenFeedbackThatSaysNothing_whenRun_thenTheSentenceNamesWhatIsMissing() {
        assertTrue(run("feedback", "support", "--prompt", "p").error().contains("--correction, --verdict or --comment"));
        assertTrue(run("feedback", "support", "--verdict", "good").error().contains("--id"));
    }

    private static Result run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream error = new ByteArrayOutputStream();
        PrintStream formerOut = System.out;
        PrintStream formerError = System.err;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(error, true, StandardCharsets.UTF_8));
        try {
            int exit = Hone.run(args);
            return new Result(exit, out.toString(StandardCharsets.UTF_8), error.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(formerOut);
            System.setErr(formerError);
        }
    }
}

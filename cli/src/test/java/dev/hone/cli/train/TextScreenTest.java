package dev.hone.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.console.Terminal;
import dev.hone.llm.train.StepReport;
import dev.hone.llm.train.TrainingRecipe;
import dev.hone.llm.train.ValidationReport;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TextScreenTest {
    private static final StepReport HALF = new StepReport(15, 30, 1.2345, 1e-3, 0.9, 3456.7, 62.4, 9000, Double.NaN);

    @Test
    void givenAStep_whenDrawn_thenBarStepLossSpeedAndTimeLeftAreThere() {
        assertEquals("██████████░░░░░░░░░░ 50 %  15/30  loss 1.235  3,457 tok/s  1:02 left", TrainingLines.progress(HALF));
    }

    @Test
    void givenAPersonLookingOn_whenSomethingHappens_thenItReplacesTheBarAndStays() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TextScreen screen = new TextScreen(new Terminal(new PrintStream(out, true, StandardCharsets.UTF_8), true, 120));
        screen.step(HALF);
        screen.validated(new ValidationReport(15, 1.5, 0.25, true));
        assertEquals(TrainingLines.progress(HALF) + "\r\u001b[2Kvalidated  step 15: loss 1.500, 25.0 % of the tokens guessed first, the best so far\n", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void givenPreferencePairs_whenValidated_thenTheAccuracyIsOfPairs() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TextScreen screen = new TextScreen(new Terminal(new PrintStream(out, true, StandardCharsets.UTF_8), false, 120));
        screen.begins("m", 8, 2, TrainingRecipe.parse("{\"method\": \"lora\", \"objective\": \"preference\"}").toJson());
        screen.validated(new ValidationReport(15, 0.5, 0.75, false));
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("75.0 % of the pairs told apart"), out::toString);
    }

    @Test
    void givenALogFile_whenStepsFollowQuickly_thenNotEveryOneIsALine() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TextScreen screen = new TextScreen(new Terminal(new PrintStream(out, true, StandardCharsets.UTF_8), false, 120));
        screen.step(HALF);
        screen.step(HALF);
        assertEquals(1, out.toString(StandardCharsets.UTF_8).lines().count());
    }
}

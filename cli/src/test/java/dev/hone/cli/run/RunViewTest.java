package dev.hone.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.console.Terminal;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.EvalDone;
import dev.hone.v1.EvalScore;
import dev.hone.v1.Recipe;
import dev.hone.v1.RunProgress;
import dev.hone.v1.TrainRequested;
import dev.hone.v1.TrainingRecipe;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunViewTest {
    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
    private static final Terminal LOG = new Terminal(System.out, false, 80);

    @Test
    void givenATrainingRun_whenShown_thenTheLineHasBarLossSpeedAndTimeLeft() {
        assertEquals("> train     ██████████░░░░░░░░░░ 50 %  60/120  loss 1.235  val 1.300  3,211 tok/s  1:05 left",
                new RunView(LOG).stageLine(training(60), Stage.TRAIN));
    }

    @Test
    void givenARunWithoutColour_whenShown_thenThereAreNoEscapeCodesAndWaitingStagesAreBare() {
        List<String> lines = new RunView(LOG).lines(training(60), START.plusSeconds(75));
        assertEquals("support  run r1  on hone-nano, qlora r=16  1:15", lines.getFirst());
        assertEquals("  deploy    ", lines.getLast());
        assertFalse(String.join("", lines).contains("\u001b"));
    }

    @Test
    void givenSharesOutsideZeroToOne_whenDrawn_thenTheBarKeepsItsWidth() {
        assertEquals("░░░░", ProgressBar.draw(-1, 4));
        assertEquals("██░░", ProgressBar.draw(0.5, 4));
        assertEquals("████", ProgressBar.draw(7, 4));
    }

    @Test
    void givenScores_whenTabled_thenCandidatesStandSideBySide() {
        EvalDone event = EvalDone.newBuilder()
                .addScores(score("base", 3.4123, 0.1, 0.0, 50))
                .addScores(score("int8", 0.5, 0.905, 0.74, 50))
                .addScores(score("adapter", 0.4, 0.91, 0, 0)).build();
        assertEquals(List.of(
                "held-out rows   loss  perplexity  token accuracy  exact match",
                "base           3.412       30.33          10.0 %        0.0 %",
                "int8           0.500        1.65          90.5 %       74.0 %",
                "adapter        0.400        1.49          91.0 %            -"), RunView.scores(event));
    }

    @Test
    void givenALogFile_whenShownOften_thenALineComesOnChangeAndEveryTenSeconds() {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        LivePainter painter = new LivePainter(new Terminal(new PrintStream(written, true, StandardCharsets.UTF_8), false, 80));
        for (int second = 0; second <= 12; second++) {
            painter.show(training(second), START.plusSeconds(second));
        }
        Run trained = training(12).with(AdapterTrained.newBuilder().setRunId("r1").setSteps(120).setSeconds(10).build());
        painter.show(trained, START.plusSeconds(13));
        List<String> lines = written.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals(5, lines.size(), () -> String.join("\n", lines));
        assertTrue(lines.get(1).contains("0/120") && lines.get(2).contains("10/120"), lines.toString());
        assertTrue(lines.get(3).startsWith("✓ train") && lines.get(4).startsWith("> quantize"), lines.toString());
    }

    @Test
    void givenATerminal_whenRepainted_thenTheSameLinesAreOverwrittenAndNoneWraps() {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        LivePainter painter = new LivePainter(new Terminal(new PrintStream(written, true, StandardCharsets.UTF_8), true, 40));
        painter.show(training(1), START);
        assertFalse(written.toString(StandardCharsets.UTF_8).contains("\u001b[5A"));
        painter.show(training(2), START);
        String text = written.toString(StandardCharsets.UTF_8);
        // A heading and four stages: the second picture begins five lines up.
        assertTrue(text.contains("\u001b[5A"), text);
        text.replaceAll("\u001b\\[[0-9]*[A-Za-z]", "").lines().forEach(line -> assertTrue(line.length() < 40, line));
    }

    @Test
    void givenEscapeCodes_whenCut_thenOnlyWhatTheEyeSeesCounts() {
        assertEquals("\u001b[1mab\u001b[0mc", LivePainter.cut("\u001b[1mab\u001b[0mcdef", 3));
    }

    private static Run training(long step) {
        TrainRequested requested = TrainRequested.newBuilder().setRunId("r1").setModelName("support").setBaseModel("hone-nano")
                .setRecipe(Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().setMethod("qlora").setLoraR(16))).build();
        RunProgress progress = RunProgress.newBuilder().setRunId("r1").setStage("train").setStep(step).setTotalSteps(120).setLoss(1.2346).setMessage("training")
                .setValidationLoss(1.3).setTokensPerSecond(3210.6).setSecondsLeft(65.2).build();
        return Run.of("r1", START).with(requested).with(progress);
    }

    private static EvalScore score(String candidate, double loss, double accuracy, double exact, int generated) {
        return EvalScore.newBuilder().setCandidate(candidate).setLoss(loss).setPerplexity(Math.exp(loss)).setTokenAccuracy(accuracy)
                .setExactMatch(exact).setGeneratedRows(generated).build();
    }
}

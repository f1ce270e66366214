package dev.hone.ingest.feedback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.datasets.ProblemLog;
import dev.hone.datasets.SplitWriter;
import dev.hone.datasets.check.BaseModel;
import dev.hone.datasets.check.RowChecker;
import dev.hone.ingest.TestStore;
import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import dev.hone.llm.text.ChatMessage;
import dev.hone.v1.FeedbackGiven;
import dev.hone.v1.FeedbackMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NextDatasetTest {
    private static final String RESET = "Hold both keys for ten seconds until the phone restarts.";
    private static final String NEW_RESET = "Go to Settings and choose Reset; the keys no longer do it.";
    private static final String RINGTONE = "Open Sounds and choose the ringtone that you like best.";

    @TempDir
    private Path temporary;

    private Path parent;
    private final List<Said> said = new ArrayList<>();
    private Row.Kind kind = Row.Kind.CHAT;

    @BeforeEach
    void writeParent() throws Exception {
        parent = Files.createDirectories(temporary.resolve("parent"));
        Rows.write(parent.resolve("train.jsonl"), List.of(chat("How do I reset my phone?", RESET), chat("Please reset my device", RESET),
                chat("How can I change the ringtone?", RINGTONE), chat("I want another ringtone", RINGTONE)));
        Rows.write(parent.resolve("validation.jsonl"), List.of(chat("Can you reset the phone for me?", RESET)));
        Rows.write(parent.resolve("test.jsonl"), List.of(chat("Reset my phone now", RESET), chat("Which ringtone can I use?", RINGTONE)));
    }

    private static Row.Chat chat(String prompt, String answer) {
        return new Row.Chat(List.of(new ChatMessage("user", prompt), new ChatMessage("assistant", answer)));
    }

    private static String line(String prompt, String answer) {
        return Rows.format(chat(prompt, answer));
    }

    private void say(String prompt, String answer, String verdict, String correction) {
        FeedbackGiven given = FeedbackGiven.newBuilder().setModelName("shop").addPrompt(FeedbackMessage.newBuilder().setRole("user").setContent(prompt))
                .setAnswer(answer).setVerdict(verdict).setCorrection(correction).build();
        said.add(new Said("event-" + said.size(), Instant.EPOCH.plusSeconds(said.size()), given));
    }

    private Map<String, Long> next(boolean replaceIdentical) throws Exception {
        RowChecker checker = new RowChecker(BaseModel.load("hone-nano", TestStore.HONE_NANO));
        Path directory = Files.createDirectories(temporary.resolve("next"));
        try (ProblemLog problems = new ProblemLog(directory.resolve("rejected.jsonl")); SplitWriter out = new SplitWriter(directory)) {
            Claim.Rules rules = new Claim.Rules(3, replaceIdentical, 4);
            return NextDataset.write(parent, Corrections.of(said, kind, checker, problems), rules, checker, out);
        }
    }

    private List<String> rows(String file) throws Exception {
        return Files.readAllLines(temporary.resolve("next").resolve(file));
    }

    @Test
    void givenACorrectionOfAKnownPrompt_whenMade_thenItReplacesTheRowAndWeighsThreeTimes() throws Exception {
        say("how do I reset  my phone?", RESET, "bad", NEW_RESET);
        Map<String, Long> counts = next(false);

        assertEquals(List.of(line("Please reset my device", RESET), line("How can I change the ringtone?", RINGTONE), line("I want another ringtone", RINGTONE),
                line("how do I reset  my phone?", NEW_RESET), line("how do I reset  my phone?", NEW_RESET), line("how do I reset  my phone?", NEW_RESET)),
                rows("train.jsonl"));
        assertEquals(List.of(line("Reset my phone now", RESET), line("Which ringtone can I use?", RINGTONE)), rows("test.jsonl"));
        assertEquals(Map.of("corrections", 1L, "rows_replaced", 1L), counts);
    }

    @Test
    void givenTheAnswerItselfIsCorrected_whenLikeQuestionsHaveIt_thenItIsReplacedInEveryPart() throws Exception {
        say("May I reset this phone?", RESET, "bad", NEW_RESET);
        Map<String, Long> counts = next(true);

        assertEquals(4L, counts.get("identical_answers_replaced"));
        for (String file : List.of("train.jsonl", "validation.jsonl", "test.jsonl")) {
            assertFalse(rows(file).stream().anyMatch(row -> row.contains(RESET)), file);
        }
        assertEquals(List.of(line("Reset my phone now", NEW_RESET), line("Which ringtone can I use?", RINGTONE)), rows("test.jsonl"));
    }

    @Test
    void givenTheModelGaveTheAnswerOfAnotherQuestion_whenMade_thenRowsWithThatAnswerStay() throws Exception {
        say("Is there a ringtone with birds that I can change to?", RESET, "bad", "Yes, look for Garden in the list of sounds.");
        Map<String, Long> counts = next(true);

        assertEquals(Map.of("corrections", 1L), counts);
        assertEquals(2, rows("train.jsonl").stream().filter(row -> row.contains(RESET)).count());
    }

    @Test
    void givenALabelIsCorrected_whenMade_thenOtherRowsWithTheLabelStay() throws Exception {
        Rows.write(parent.resolve("train.jsonl"), List.of(chat("Where is my card?", "card_arrival"), chat("When will my card come?", "card_arrival")));
        say("My card is gone, where is it?", "card_arrival", "bad", "lost_card");
        next(true);

        assertEquals(2, rows("train.jsonl").stream().filter(row -> row.contains("card_arrival")).count());
    }

    @Test
    void givenACorrectionOfAHeldOutPrompt_whenMade_thenItMovesToTrainingUnlessThePartWouldBeEmpty() throws Exception {
        say("Reset my phone now", RESET, "bad", NEW_RESET);
        say("Can you reset the phone for me?", RESET, "bad", NEW_RESET);
        Map<String, Long> counts = next(false);

        assertEquals(List.of(line("Which ringtone can I use?", RINGTONE)), rows("test.jsonl"));
        assertEquals(List.of(line("Can you reset the phone for me?", NEW_RESET)), rows("validation.jsonl"));
        assertEquals(1L, counts.get("held_out_rows_moved_to_training"));
        assertEquals(1L, counts.get("held_out_rows_corrected"));
    }

    @Test
    void givenSeveralSayings_whenMade_thenTheLastCorrectionHoldsAndBadAloneChangesNothing() throws Exception {
        say("How loud is it?", "", "bad", "First correction of this answer.");
        say("How loud is it?", "", "bad", "Second correction of this answer.");
        say("Is it good?", "Yes, very good indeed.", "bad", "");
        say("I want another ringtone", RINGTONE, "good", "");
        say("Reset my phone now", RESET, "good", "");
        say("Do you sell covers?", "Yes, for every phone we have.", "good", "");
        Map<String, Long> counts = next(true);

        assertEquals(Map.of("corrections", 1L, "confirmations", 1L), counts);
        assertEquals(3, rows("train.jsonl").stream().filter(row -> row.contains("Second correction")).count());
        assertTrue(rows("train.jsonl").stream().noneMatch(row -> row.contains("First correction") || row.contains("Is it good") || row.contains("Reset my phone now")));
        assertEquals(1, rows("train.jsonl").stream().filter(row -> row.contains("another ringtone")).count());
        assertEquals(line("Do you sell covers?", "Yes, for every phone we have."), rows("train.jsonl").getLast());
    }

    @Test
    void givenADatasetOfPairs_whenMade_thenACorrectionIsTheBetterAnswerBesideTheOneItCorrects() throws Exception {
        kind = Row.Kind.PREFERENCE;
        Rows.write(parent.resolve("train.jsonl"), List.of(pair("How do I reset my phone?", RESET, "No idea."), pair("Is it loud?", "Yes.", "No.")));
        say("How do I reset my phone?", RESET, "bad", NEW_RESET);
        say("Do you sell covers?", "Yes, for every phone we have.", "good", "");
        Map<String, Long> counts = next(true);

        String corrected = Rows.format(pair("How do I reset my phone?", NEW_RESET, RESET));
        assertEquals(List.of(Rows.format(pair("Is it loud?", "Yes.", "No.")), corrected, corrected, corrected), rows("train.jsonl"));
        assertEquals(Map.of("corrections", 1L, "rows_replaced", 1L), counts);
        assertTrue(rows("rejected.jsonl").getFirst().contains("no_worse_answer"), rows("rejected.jsonl").getFirst());
    }

    private static Row pair(String prompt, String chosen, String rejected) {
        return new Row.Preference(List.of(new ChatMessage("user", prompt)), List.of(new ChatMessage("assistant", chosen)), List.of(new ChatMessage("assistant", rejected)));
    }

    @Test
    void givenACorrectionNoModelCanLearn_whenMade_thenItIsReportedAndLeftOut() throws Exception {
        say("How do I reset my phone?", RESET, "bad", "word ".repeat(700));
        assertEquals(Map.of(), next(true));
        assertTrue(rows("rejected.jsonl").getFirst().contains("\"file\":\"feedback/event-0\",\"line\":0,\"column\":1,\"code\":\"too_long\""), rows("rejected.jsonl").getFirst());
    }
}

package dev.hone.cli.score;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.cli.CommandRun;
import dev.hone.cli.console.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreCommandTest {
    private static final Path GOLDEN = Path.of(System.getProperty("hone.root", ".."), "libs/llm/src/test/golden");
    private static final String LLAMA = GOLDEN.resolve("llama").toString();
    private static final String ADAPTER = GOLDEN.resolve("adapter").toString();

    private static JsonNode score(String... args) throws IOException {
        CommandRun run = CommandRun.of(args);
        assertEquals(0, run.exit(), run.error());
        return new ObjectMapper().readTree(run.out());
    }

    @Test
    void givenAText_whenScored_thenEveryTokenHasItsLineAndTheMeanIsBelow() {
        CommandRun run = CommandRun.of("score", "hone-nano", "--text", "How can I", "--top", "1");
        assertEquals(0, run.exit(), run.error());
        assertTrue(run.lines().get(1).matches("0 +706 +\"How\" +- +.+"), run.out());
        assertTrue(run.lines().get(2).matches("1 +335 +\" can\" +-\\d\\.\\d{4} +295\" I\" \\d+\\.\\d{3}"), run.out());
        assertTrue(run.out().contains("nats over 2 tokens, computed in f32"), run.out());
    }

    @Test
    void givenAChat_whenScored_thenTheTemplatesTokensStandAround() throws IOException {
        JsonNode positions = score("score", "hone-nano", "--text", "Hi", "--chat", "--json", "--top", "0").path("positions");
        assertEquals(3, positions.get(0).path("token").asInt(), "<|user|>");
        assertEquals(4, positions.get(positions.size() - 1).path("token").asInt(), "<|assistant|>");
        assertTrue(positions.get(0).path("log_probability").isNull());
    }

    @Test
    void givenAModelWithoutTokenizer_whenTokensAreScored_thenThatIsEnough() throws IOException {
        JsonNode scores = score("score", LLAMA, "--tokens", "1,5,9", "--top", "2", "--json");
        assertEquals(2, scores.path("positions").get(0).path("next").size());
        double sum = scores.path("positions").get(1).path("log_probability").asDouble() + scores.path("positions").get(2).path("log_probability").asDouble();
        assertEquals(sum, scores.path("sum_log_probability").asDouble(), 1e-12);
    }

    @Test
    void givenAnAdapter_whenMerged_thenTheModelScoresAsBothTogetherDid(@TempDir Path folder) throws IOException {
        Path merged = folder.resolve("merged");
        CommandRun run = CommandRun.of("merge", LLAMA, ADAPTER, merged.toString());
        assertEquals(0, run.exit(), run.error());
        assertTrue(run.out().contains("model.safetensors"), run.out());
        double together = score("score", LLAMA, "--adapter", ADAPTER, "--tokens", "1,5,9", "--json").path("sum_log_probability").asDouble();
        assertEquals(together, score("score", merged.toString(), "--tokens", "1,5,9", "--json").path("sum_log_probability").asDouble(), 1e-4);
    }

    @Test
    void givenAFolderWithFiles_whenMergedInto_thenItIsLeftAlone(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("mine.txt"), "mine");
        CommandRun run = CommandRun.of("merge", LLAMA, ADAPTER, folder.toString());
        assertEquals(Failure.FAILED, run.exit());
        assertTrue(run.error().contains("with something in it") && Files.exists(folder.resolve("mine.txt")), run.error());
    }

    @Test
    void givenWrongArguments_whenScored_thenTheSentenceSaysWhatIsExpected() {
        assertTrue(CommandRun.of("score", "hone-nano").error().contains("--tokens"));
        assertTrue(CommandRun.of("score", LLAMA, "--tokens", "1,5000").error().contains("5000"));
        assertTrue(CommandRun.of("score", LLAMA, "--tokens", "1", "--dtype", "f16").error().contains("Expected f32 or bf16"));
        assertTrue(CommandRun.of("score", "nowhere", "--tokens", "1").error().contains("\"nowhere\""));
        assertTrue(CommandRun.of("merge", LLAMA, "nowhere", "out").error().contains("nowhere"));
    }
}

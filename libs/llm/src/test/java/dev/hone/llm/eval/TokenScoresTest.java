package dev.hone.llm.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.Json;
import dev.hone.llm.format.SafetensorsFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Golden values by Transformers and PEFT: src/test/golden/make_golden.py. */
class TokenScoresTest {
    private static final Path GOLDEN = Path.of(System.getProperty("hone.root"), "libs/llm/src/test/golden");
    private static final Path LLAMA = GOLDEN.resolve("llama");

    @Test
    void givenLogits_whenScored_thenLogProbabilitiesAreTheSoftmaxsAndTheLikeliestComeFirst() {
        // after the first token 1:2:1 of a sum of 4, after the second 8:1:1 of 10
        float[] logits = {0, (float) Math.log(2), 0, (float) Math.log(8), 0, 0};
        List<TokenScores.Position> positions = TokenScores.positions(new int[] {2, 1}, logits, 3, 2);
        assertTrue(Double.isNaN(positions.get(0).logProbability()));
        assertEquals(Math.log(0.5), positions.get(1).logProbability(), 1e-7);
        assertEquals(List.of(1, 0), positions.get(0).next().stream().map(TokenScores.Candidate::token).toList());
        assertEquals(0, positions.get(1).next().getFirst().token());
        assertEquals(Math.log(0.8), positions.get(1).next().getFirst().logProbability(), 1e-7);
    }

    @Test
    void givenTheGoldenRows_whenScoredWithAndWithoutTheAdapter_thenTheirMeanIsTransformersLoss() {
        assertEquals(Json.read(GOLDEN.resolve("golden.json")).path("loss").asDouble(), loss(null), 1e-5);
        assertEquals(Json.read(GOLDEN.resolve("golden.json")).path("lora_loss").asDouble(), loss(GOLDEN.resolve("adapter")), 1e-5);
    }

    /** Over the three rows' tokens from the ninth on. */
    private static double loss(Path adapterOrNull) {
        double sum = 0;
        for (int[] row : rows()) {
            List<TokenScores.Position> positions = TokenScores.of(LLAMA, adapterOrNull, "f32", row, 0);
            sum -= positions.subList(9, row.length).stream().mapToDouble(TokenScores.Position::logProbability).sum();
        }
        return sum / (3 * (24 - 9));
    }

    private static int[][] rows() {
        try (SafetensorsFile arrays = SafetensorsFile.open(GOLDEN.resolve("golden.safetensors"))) {
            ByteBuffer ids = arrays.buffer("tokens");
            int[][] rows = new int[3][24];
            for (int[] row : rows) {
                for (int t = 0; t < row.length; t++) {
                    row[t] = ids.getInt();
                }
            }
            return rows;
        }
    }

    @Test
    void givenAModel_whenAllCandidatesAreAsked_thenTheirProbabilitiesSumToOne() {
        List<TokenScores.Position> positions = TokenScores.of(LLAMA, null, "f32", new int[] {1, 5, 9}, Integer.MAX_VALUE);
        for (TokenScores.Position position : positions) {
            assertEquals(1, position.next().stream().mapToDouble(candidate -> Math.exp(candidate.logProbability())).sum(), 1e-9);
        }
        double ofFive = positions.get(0).next().stream().filter(candidate -> candidate.token() == 5).findFirst().orElseThrow().logProbability();
        assertEquals(ofFive, positions.get(1).logProbability());
    }

    @Test
    void givenTokensThatTheModelDoesNotHave_whenScored_thenTheSentenceNamesOne() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> TokenScores.of(LLAMA, null, "f32", new int[] {1, 100_000}, 1)).getMessage().contains("100000"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> TokenScores.of(LLAMA, null, "f32", new int[] {}, 1)).getMessage().contains("found 0"));
    }
}

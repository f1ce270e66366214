package dev.hone.cli.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NearMatchTest {
    @Test
    void givenKittenAndSitting_whenCompared_thenThreeEditsLieBetween() {
        // The textbook's example of Levenshtein's distance: k->s, e->i, +g.
        assertEquals(3, NearMatch.distance("kitten", "sitting"));
        assertEquals(0, NearMatch.distance("", ""));
        assertEquals(4, NearMatch.distance("", "rank"));
    }

    @Test
    void givenATypingError_whenMatched_thenTheNearestNameIsFound() {
        assertEquals(Optional.of("lora_alpha"), NearMatch.of("lora_alfa", List.of("lora_r", "lora_alpha", "seed")));
    }

    @Test
    void givenAnotherWord_whenMatched_thenNothingIsSuggested() {
        assertEquals(Optional.empty(), NearMatch.of("temperature", List.of("lora_r", "lora_alpha", "seed")));
    }
}

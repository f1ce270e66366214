package dev.hone.serving.answering;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.api.Test;

class MasksTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "Write to anna.b+x@mail.example.org, please.|Write to [email], please.",
            "Call +49 (0) 170 123-4567 now|Call [number] now",
            "Card 4111 1111 1111 1111.|Card [number].",
            "jürgen@müller.de|[email]",
            "In 2026 we sold 123456 phones|In 2026 we sold 123456 phones",
            "Version 1.2.3 of 12:30|Version 1.2.3 of 12:30"})
    void givenATextWithPersonalData_whenMasked_thenOnlyThatIsGone(String text, String masked) {
        assertEquals(masked, new Masks(List.of()).redact(text));
    }

    @Test
    void givenPatternsOfOnesOwn_whenMasked_thenTheirMatchesAreGoneToo() {
        assertEquals("Order [redacted] of [email]", new Masks(List.of(Pattern.compile("ORD-[A-Z]+"))).redact("Order ORD-AB of a@b.cd"));
    }
}

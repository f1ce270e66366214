package dev.hone.serving.answering;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Masks e-mail addresses, numbers of seven digits or more however they are spaced (telephones, cards, accounts), and what
 * an operator's own patterns match.
 */
public final class Masks implements Redaction {
    private record Mask(Pattern pattern, String instead) {}

    private static final Mask EMAIL = new Mask(Pattern.compile("[\\p{L}\\p{N}._%+-]++@[\\p{L}\\p{N}.-]+\\.\\p{L}{2,}"), "[email]");
    private static final Mask NUMBER = new Mask(Pattern.compile("\\+?\\p{Nd}(?:[ ./()-]{0,2}\\p{Nd}){6,}"), "[number]");

    private final List<Mask> masks;

    /** @param own regular expressions; what they match becomes {@code [redacted]} */
    public Masks(List<Pattern> own) {
        masks = Stream.concat(own.stream().map(pattern -> new Mask(pattern, "[redacted]")), Stream.of(EMAIL, NUMBER)).toList();
    }

    @Override
    public String redact(String text) {
        String masked = text;
        for (Mask mask : masks) {
            masked = mask.pattern().matcher(masked).replaceAll(mask.instead());
        }
        return masked;
    }
}

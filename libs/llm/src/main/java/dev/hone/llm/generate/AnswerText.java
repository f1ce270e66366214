package dev.hone.llm.generate;

import dev.hone.llm.text.StreamDecoder;
import java.util.List;

/** The way of an answer's tokens to its reader: characters made whole, stop strings held back. Not thread-safe; one per answer. */
public final class AnswerText {
    private final StreamDecoder decoder;
    private final StopStrings stops;
    private final StringBuilder all = new StringBuilder();

    public AnswerText(StreamDecoder decoder, List<String> stops) {
        this.decoder = decoder;
        this.stops = new StopStrings(stops);
    }

    /** The text that became certain with this token; often empty. */
    public String accept(int token) {
        return told(stops.accept(decoder.accept(token)));
    }

    /** Whether a stop string is complete: nothing more follows. */
    public boolean stopped() {
        return stops.stopped();
    }

    /** No token follows: the text that waited for one. It may complete a stop string. */
    public String finish() {
        if (stops.stopped()) {
            return "";
        }
        String piece = stops.accept(decoder.finish());
        return told(piece + stops.finish());
    }

    /** All text that was told. */
    public String all() {
        return all.toString();
    }

    private String told(String piece) {
        all.append(piece);
        return piece;
    }
}

package dev.hone.llm.generate;

import java.util.List;

/**
 * Lets text through until a stop string is complete, whatever pieces it arrives in. Text that may still become a stop
 * string waits. The first stop string to be complete ends the answer; of those complete with the same character the
 * longest counts. Not thread-safe; one per answer.
 */
final class StopStrings {
    private final List<String> stops;
    private final StringBuilder waiting = new StringBuilder();
    private boolean stopped;

    StopStrings(List<String> stops) {
        this.stops = List.copyOf(stops);
    }

    /** The text that now cannot be part of a stop string; nothing more once {@link #stopped}. */
    String accept(String piece) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < piece.length() && !stopped; i++) {
            waiting.append(piece.charAt(i));
            int match = longestMatchAtEnd();
            if (match > 0) {
                stopped = true;
                out.append(waiting, 0, waiting.length() - match);
            } else {
                release(waiting.length() - longestBeginningAtEnd(), out);
            }
        }
        return out.toString();
    }

    /** The text that waited in vain for the rest of a stop string. */
    String finish() {
        return stopped ? "" : waiting.toString();
    }

    boolean stopped() {
        return stopped;
    }

    private void release(int length, StringBuilder out) {
        out.append(waiting, 0, length);
        waiting.delete(0, length);
    }

    private int longestMatchAtEnd() {
        int longest = 0;
        for (String stop : stops) {
            if (stop.length() > longest && endsWith(stop, stop.length())) {
                longest = stop.length();
            }
        }
        return longest;
    }

    private int longestBeginningAtEnd() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, waiting.length()); length > longest; length--) {
                if (endsWith(stop, length)) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    private boolean endsWith(String stop, int length) {
        int from = waiting.length() - length;
        if (from < 0) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (waiting.charAt(from + i) != stop.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}

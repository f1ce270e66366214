package dev.hone.jobs;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An event as environment variables: {@code HONE_JOB_EVENT}, and where it is long {@code HONE_JOB_EVENT_1} and so on.
 *
 * <p>Linux takes no variable above 128 KiB ({@code MAX_ARG_STRLEN}) and about 2 MiB of all of them; a cluster's store takes
 * 1.5 MiB for a whole object. Kubernetes replaces {@code $(NAME)} in a value and takes {@code $$} for a dollar sign.
 */
final class JobEvent {

    static final String VARIABLE = "HONE_JOB_EVENT";
    /** UTF-8 bytes of one variable's value. */
    static final int PART = 96 << 10;
    /** UTF-8 bytes of all of them: as much as a Kafka record holds unless a broker is told otherwise. */
    static final int MOST = 1 << 20;

    private JobEvent() {}

    /**
     * In order.
     *
     * @throws JobFailure when no Job could carry the event
     */
    static Map<String, String> variables(String event) throws JobFailure {
        String escaped = event.replace("$", "$$");
        int size = escaped.getBytes(StandardCharsets.UTF_8).length;
        if (size > MOST) {
            throw JobFailure.userError("event_too_large", "Expected an event of at most " + MOST + " bytes, which is what a Job can carry, found "
                    + size + ". Shorten what it quotes, such as lists of modules.");
        }
        List<String> parts = parts(escaped);
        Map<String, String> variables = new LinkedHashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            variables.put(i == 0 ? VARIABLE : VARIABLE + "_" + i, parts.get(i));
        }
        return variables;
    }

    /** What {@link #variables} made, as Kubernetes hands it to the process: without the escapes. Empty when there is none. */
    static String join(Map<String, String> environment) {
        Map<Integer, String> parts = new TreeMap<>();
        environment.forEach((name, value) -> {
            if (name.equals(VARIABLE)) {
                parts.put(0, value);
            } else if (name.matches(VARIABLE + "_[0-9]{1,4}")) {
                parts.put(Integer.parseInt(name.substring(VARIABLE.length() + 1)), value);
            }
        });
        return String.join("", parts.values());
    }

    /** As it stands in a Job's manifest. */
    static String unescaped(Map<String, String> variables) {
        return join(variables).replace("$$", "$");
    }

    /** Cut neither within a character nor within an escape. */
    private static List<String> parts(String text) {
        List<String> parts = new ArrayList<>();
        int begin = 0;
        while (begin < text.length()) {
            int end = end(text, begin);
            parts.add(text.substring(begin, end));
            begin = end;
        }
        return parts;
    }

    private static int end(String text, int begin) {
        int bytes = 0;
        int end = begin;
        while (end < text.length()) {
            int width = text.charAt(end) == '$' ? 2 : Character.charCount(text.codePointAt(end));
            bytes += text.substring(end, end + width).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > PART) {
                return end;
            }
            end += width;
        }
        return end;
    }
}

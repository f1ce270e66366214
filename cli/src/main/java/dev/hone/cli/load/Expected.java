package dev.hone.cli.load;

import dev.hone.v1.FinishReason;
import dev.hone.v1.GenerateReply;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

/** What each revision answers when nobody else asks, by revision and prompt, at the greatest length. */
final class Expected {
    private static final char HALF_CHARACTER = '\uFFFD';

    private final Map<String, Map<Prompt, Whole>> answers = new HashMap<>();

    private record Whole(String text, FinishReason finish, int tokens) {}

    /** @param pieces of one answer that nothing else was computed beside */
    void learn(String revision, Prompt prompt, Iterator<GenerateReply> pieces) {
        StringBuilder text = new StringBuilder();
        GenerateReply last = GenerateReply.getDefaultInstance();
        while (pieces.hasNext()) {
            last = pieces.next();
            text.append(last.getText());
        }
        answers.computeIfAbsent(revision, r -> new HashMap<>()).put(prompt, new Whole(text.toString(), last.getFinishReason(), last.getUsage().getCompletionTokens()));
    }

    /** Whether most of the learned answers of two revisions differ; without a difference a mixture would go unseen. */
    boolean tellsApart(String one, String other) {
        return answers.get(one).entrySet().stream().filter(e -> !e.getValue().text.equals(answers.get(other).get(e.getKey()).text)).count() * 2 > answers.get(one).size();
    }

    /**
     * Empty if the text is the beginning of the revision's own, and as much of it as an answer of this end must be.
     *
     * @param last the last piece, empty where the client left before it
     */
    Optional<String> fault(String revision, Prompt prompt, String text, Optional<GenerateReply> last, int maxTokens) {
        Whole whole = answers.getOrDefault(revision, Map.of()).get(prompt);
        if (whole == null) {
            return Optional.of("revision " + revision + " is none that was deployed");
        }
        String certain = text.endsWith(String.valueOf(HALF_CHARACTER)) ? text.replaceFirst(HALF_CHARACTER + "+$", "") : text;
        if (!whole.text.startsWith(certain)) {
            return Optional.of("revision " + revision + " alone answers otherwise to prompt " + prompt.seed());
        }
        return last.flatMap(end -> faultOfEnd(whole, text, end, maxTokens));
    }

    private static Optional<String> faultOfEnd(Whole whole, String text, GenerateReply end, int maxTokens) {
        int tokens = end.getUsage().getCompletionTokens();
        boolean stopped = end.getFinishReason() == FinishReason.FINISH_REASON_STOP;
        boolean right = stopped ? whole.finish == FinishReason.FINISH_REASON_STOP && text.equals(whole.text) && tokens == whole.tokens : tokens == maxTokens;
        return right ? Optional.empty() : Optional.of("the answer ends with " + end.getFinishReason() + " after " + tokens + " of " + maxTokens + " tokens, alone with " + whole.finish + " after " + whole.tokens);
    }
}

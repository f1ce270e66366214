package dev.hone.llm.text;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Where each turn of a conversation lies among its tokens. A turn begins where the conversation before it, with an
 * assistant's turn opened, ends. It ends with its last end token: templates write line ends after that, which the model
 * never gets to.
 */
final class TurnTokens {
    private final ChatTokenizer tokenizer;
    private final ChatTemplate template;
    private final Set<Integer> endTokens;
    private final List<ChatMessage> messages;
    private final int[] ids;

    TurnTokens(ChatTokenizer tokenizer, ChatTemplate template, Set<Integer> endTokens, List<ChatMessage> messages) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.endTokens = endTokens;
        this.messages = messages;
        this.ids = tokenizer.encode(template.render(messages, false));
    }

    int[] ids() {
        return ids;
    }

    /** Sets the marks of the assistant's turn {@code i} with its end token. */
    void mark(int i, boolean[] marks, boolean value) {
        int begin = begin(i);
        Arrays.fill(marks, begin, end(i, begin), value);
    }

    private int begin(int i) {
        int[] before = tokenizer.encode(template.render(messages.subList(0, i), true));
        if (!isPrefix(before)) {
            throw rendersDifferently(i);
        }
        return before.length;
    }

    private int end(int i, int begin) {
        int[] until = tokenizer.encode(template.render(messages.subList(0, i + 1), false));
        if (isPrefix(until)) {
            return IntStream.iterate(until.length, at -> at > begin, at -> at - 1).filter(at -> endTokens.contains(ids[at - 1])).findFirst().orElse(until.length);
        }
        return endWithinTheWhole(i, begin);
    }

    /** Some templates write the last answer with more around it than earlier ones (Qwen3: empty thoughts). */
    private int endWithinTheWhole(int i, int begin) {
        int end = IntStream.range(begin, ids.length).filter(at -> endTokens.contains(ids[at])).findFirst().orElseThrow(() -> rendersDifferently(i)) + 1;
        if (!tokenizer.decode(Arrays.copyOfRange(ids, begin, end)).contains(messages.get(i).content().strip())) {
            throw rendersDifferently(i);
        }
        return end;
    }

    private boolean isPrefix(int[] prefix) {
        int mismatch = Arrays.mismatch(prefix, ids);
        return mismatch < 0 || mismatch >= prefix.length;
    }

    private static ChatTemplateException rendersDifferently(int turn) {
        return new ChatTemplateException("The model's chat template renders message " + (turn + 1)
                + " differently alone and within the whole conversation, so the answer's tokens cannot be told from the rest."
                + " Train on conversations that end with this message, or on a model with another template.");
    }
}

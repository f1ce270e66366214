package dev.hone.ingest.check;

import dev.hone.llm.data.Row;
import dev.hone.llm.text.ChatMessage;
import dev.hone.llm.text.ChatTemplateException;
import dev.hone.llm.text.TokenizedRow;
import java.util.ArrayList;
import java.util.List;

/** Whether the base model can learn from a canonical row, and how many tokens that takes. */
public final class RowChecker {
    private final BaseModel base;

    public RowChecker(BaseModel base) {
        this.base = base;
    }

    /** A row that may be learned. @param tokens with what the chat template adds */
    public record Checked(Row row, int tokens) {}

    /**
     * One row, or several where a raw text is longer than the model's context: it is cut between words.
     *
     * @throws RowRejected with the code and sentence for the report
     */
    public List<Checked> check(Row row) throws RowRejected {
        return switch (row) {
            case Row.Chat chat -> List.of(chat(chat));
            case Row.Text text -> {
                contentFits(text.text(), "the text");
                List<Checked> pieces = new ArrayList<>();
                cut(text.text(), pieces);
                if (pieces.isEmpty()) {
                    throw new RowRejected("all_labels_masked", "Expected at least two tokens of text, found fewer: the first has nothing to be told from.");
                }
                yield pieces;
            }
        };
    }

    private Checked chat(Row.Chat chat) throws RowRejected {
        int number = 0;
        boolean asked = false;
        boolean answered = false;
        for (ChatMessage message : chat.messages()) {
            number++;
            boolean assistant = message.role().equals(ChatMessage.ASSISTANT);
            contentFits(message.content(), "message " + number);
            if (message.content().isBlank()) {
                throw new RowRejected(assistant ? "empty_completion" : "empty_prompt", "Expected text in message " + number + ", found none.");
            }
            answered |= assistant;
            asked |= !assistant && !answered;
        }
        if (!answered) {
            throw new RowRejected("example_missing_assistant_message", "Expected an assistant's message to learn, found none.");
        }
        if (!asked) {
            throw new RowRejected("empty_prompt", "Expected a message before the first answer, found none.");
        }
        if (!chat.messages().getLast().role().equals(ChatMessage.ASSISTANT)) {
            throw new RowRejected("last_message_not_assistant", "Expected the last message to be the assistant's, found one of the "
                    + chat.messages().getLast().role() + " without an answer. Leave it out.");
        }
        return new Checked(chat, tokens(chat));
    }

    private int tokens(Row row) throws RowRejected {
        TokenizedRow tokens;
        try {
            tokens = row.tokenize(base.tokenizer(), Integer.MAX_VALUE);
        } catch (ChatTemplateException e) {
            throw new RowRejected("template_refused", "Expected a conversation that the chat template of " + base.name() + " can write, found one it cannot: " + e.getMessage());
        }
        if (tokens.length() > base.maxTokens()) {
            throw new RowRejected("too_long", "Expected at most " + base.maxTokens() + " tokens (of " + base.name() + "), found " + tokens.length()
                    + ". Shorten the row, or use a base model with a longer context.");
        }
        if (tokens.trainableTokens() == 0) {
            throw new RowRejected("all_labels_masked", "Expected tokens to learn, found none.");
        }
        return tokens.length();
    }

    private void contentFits(String content, String where) throws RowRejected {
        if (content.indexOf('\0') >= 0) {
            throw new RowRejected("control_character", "Expected text in " + where + ", found a NUL character.");
        }
        if (content.indexOf('<') < 0 && base.specialTokens().stream().allMatch(token -> token.startsWith("<"))) {
            return;
        }
        for (String token : base.specialTokens()) {
            if (content.contains(token)) {
                throw new RowRejected("unknown_special_token", "Expected text in " + where + ", found " + token + ", which " + base.name()
                        + " takes for a control token and not for text. Remove it; the chat template adds its own.");
            }
        }
    }

    /** Halves at the white space nearest to the middle until every piece fits. */
    private void cut(String text, List<Checked> pieces) throws RowRejected {
        int tokens = base.tokenizer().encode(text).length;
        if (tokens <= base.maxTokens()) {
            if (tokens > 1) {
                pieces.add(new Checked(new Row.Text(text), tokens));
            }
            return;
        }
        int at = whiteSpaceNear(text, text.length() / 2);
        if (at < 0) {
            throw new RowRejected("too_long", "Expected at most " + base.maxTokens() + " tokens (of " + base.name() + ") between white space, found " + tokens + ".");
        }
        cut(text.substring(0, at).strip(), pieces);
        cut(text.substring(at).strip(), pieces);
    }

    private static int whiteSpaceNear(String text, int middle) {
        for (int distance = 0; distance < middle; distance++) {
            if (Character.isWhitespace(text.charAt(middle - distance))) {
                return middle - distance;
            }
            if (middle + distance < text.length() && Character.isWhitespace(text.charAt(middle + distance))) {
                return middle + distance;
            }
        }
        return -1;
    }
}

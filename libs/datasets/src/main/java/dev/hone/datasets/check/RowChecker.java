package dev.hone.datasets.check;

import dev.hone.llm.data.Row;
import dev.hone.llm.text.ChatMessage;
import dev.hone.llm.text.ChatTemplateException;
import dev.hone.llm.text.TokenizedPair;
import dev.hone.llm.text.TokenizedRow;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Whether the base model can learn from a canonical row, and how many tokens that takes. */
public final class RowChecker {
    private final BaseModel base;

    public RowChecker(BaseModel base) {
        this.base = base;
    }

    /**
     * A row that may be learned.
     *
     * @param tokens  that a model reads to learn it, with what the chat template adds; of a pair both conversations
     * @param longest tokens in a row: of a pair those of the longer conversation
     */
    public record Checked(Row row, int tokens, int longest) {
        Checked(Row row, int tokens) {
            this(row, tokens, tokens);
        }
    }

    /**
     * One row, or several where a raw text is longer than the model's context: it is cut between words.
     *
     * @throws RowRejected with the code and sentence for the report
     */
    public List<Checked> check(Row row) throws RowRejected {
        return switch (row) {
            case Row.Chat chat -> List.of(chat(chat));
            case Row.Preference pair -> List.of(pair(pair));
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
        List<ChatMessage> messages = chat.messages();
        contentsFit(messages, 1);
        requireAnswer(messages, "message");
        requireQuestion(messages);
        return new Checked(chat, length(rendered(() -> chat.tokenize(base.tokenizer(), Integer.MAX_VALUE))));
    }

    private Checked pair(Row.Preference pair) throws RowRejected {
        contentsFit(pair.prompt(), 1);
        contentsFit(pair.chosen(), pair.prompt().size() + 1);
        contentsFit(pair.rejected(), pair.prompt().size() + 1);
        requireQuestion(pair.chosenConversation());
        if (pair.chosen().equals(pair.rejected())) {
            throw new RowRejected("identical_pair", "Expected a better and a worse answer, found the same one twice. Leave the row out.");
        }
        TokenizedPair tokens = rendered(() -> pair.tokenizePair(base.tokenizer(), Integer.MAX_VALUE));
        int chosen = length(tokens.chosen());
        int rejected = length(tokens.rejected());
        if (!tokens.teaches()) {
            throw new RowRejected("identical_pair", "Expected a better and a worse answer, found two that the chat template of " + base.name() + " writes alike. Leave the row out.");
        }
        return new Checked(pair, chosen + rejected, tokens.length());
    }

    private void contentsFit(List<ChatMessage> messages, int number) throws RowRejected {
        for (ChatMessage message : messages) {
            contentFits(message.content(), "message " + number);
            if (message.content().isBlank()) {
                throw new RowRejected(message.isAssistant() ? "empty_completion" : "empty_prompt", "Expected text in message " + number + ", found none.");
            }
            number++;
        }
    }

    /** @param what the messages are, for the sentence: message, or message of "chosen" */
    static void requireAnswer(List<ChatMessage> messages, String what) throws RowRejected {
        if (messages.stream().noneMatch(ChatMessage::isAssistant)) {
            throw new RowRejected("example_missing_assistant_message", "Expected an assistant's " + what + " to learn, found none.");
        }
        if (!messages.getLast().isAssistant()) {
            throw new RowRejected("last_message_not_assistant", "Expected the last " + what + " to be the assistant's, found one of the "
                    + messages.getLast().role() + " without an answer. Leave it out.");
        }
    }

    private static void requireQuestion(List<ChatMessage> messages) throws RowRejected {
        if (messages.getFirst().isAssistant()) {
            throw new RowRejected("empty_prompt", "Expected a message before the first answer, found none.");
        }
    }

    private <T> T rendered(Supplier<T> tokens) throws RowRejected {
        try {
            return tokens.get();
        } catch (ChatTemplateException e) {
            throw new RowRejected("template_refused", "Expected a conversation that the chat template of " + base.name() + " can write, found one it cannot: " + e.getMessage());
        }
    }

    private int length(TokenizedRow tokens) throws RowRejected {
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

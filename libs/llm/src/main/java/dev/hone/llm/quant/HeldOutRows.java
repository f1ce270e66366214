package dev.hone.llm.quant;

import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.text.ChatMessage;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.llm.text.TokenizedRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows on which models are compared, the first of a file.
 *
 * @param questions the first conversations among them
 */
record HeldOutRows(List<TokenizedRow> rows, List<Question> questions) {
    /** Longer rows say little more for their cost, which grows with their square. */
    static final int LONGEST_ROW = 1024;

    private static final int QUESTIONS = 3;

    /**
     * @param row its place among the rows
     * @param prompt tokens up to the last answer
     * @param text what was asked last
     */
    record Question(int row, int[] prompt, String text) {}

    /** @param tokens read at most; the first row is always read */
    static HeldOutRows read(Path file, int tokens, int context, ChatTokenizer tokenizer) {
        List<TokenizedRow> rows = new ArrayList<>();
        List<Question> questions = new ArrayList<>();
        int read = 0;
        // a row has a token at least
        for (Row row : Rows.read(file, tokens)) {
            TokenizedRow tokenized = row.tokenize(tokenizer, Math.min(LONGEST_ROW, context));
            if (tokenized.trainableTokens() == 0) {
                continue;
            }
            read += tokenized.length();
            if (read > tokens && !rows.isEmpty()) {
                break;
            }
            if (questions.size() < QUESTIONS && row instanceof Row.Chat(List<ChatMessage> messages)) {
                ask(questions, rows.size(), messages, tokenizer);
            }
            rows.add(tokenized);
        }
        if (rows.isEmpty()) {
            throw new QuantizationFailed("no_heldout_rows", "Expected held-out rows with something to predict in " + file.getFileName() + ", found none. Give rows with an answer, or none at all.");
        }
        return new HeldOutRows(rows, questions);
    }

    private static void ask(List<Question> questions, int row, List<ChatMessage> messages, ChatTokenizer tokenizer) {
        for (int i = messages.size() - 1; i > 0; i--) {
            if (messages.get(i).isLearned()) {
                questions.add(new Question(row, tokenizer.prompt(messages.subList(0, i)), messages.get(i - 1).content()));
                return;
            }
        }
    }

    List<int[]> ids() {
        return rows.stream().map(TokenizedRow::ids).toList();
    }

    List<boolean[]> counts() {
        return rows.stream().map(TokenizedRow::trainable).toList();
    }
}

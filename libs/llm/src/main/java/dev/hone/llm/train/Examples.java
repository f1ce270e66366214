package dev.hone.llm.train;

import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.llm.text.TokenizedPair;
import dev.hone.llm.text.TokenizedRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows as tokens, ready to be batched: for chat one example a row, for next_token blocks of running text, for preferences pairs. */
final class Examples {
    private final List<List<TokenizedRow>> examples;

    /** @param examples each one document, or the chosen and the rejected one */
    private Examples(List<List<TokenizedRow>> examples) {
        this.examples = examples;
    }

    /**
     * @param context tokens that the model reads at most
     * @throws TrainingFailed if nothing is left to learn from
     */
    static Examples load(Path jsonl, ChatTokenizer tokenizer, TrainingRecipe recipe, int context) {
        if (recipe.sequenceLen() > context) {
            throw new TrainingFailed("sequence_too_long", "sequence_len is " + recipe.sequenceLen() + ", and the base model reads " + context
                    + " tokens at most. Lower sequence_len or choose another base model.", true);
        }
        List<Row> rows = Rows.read(jsonl);
        if (rows.isEmpty()) {
            throw new TrainingFailed("no_rows", "Expected at least one row in " + jsonl.getFileName() + ", found none.", true);
        }
        requireKind(rows, recipe, jsonl);
        return new Examples(switch (recipe.objective()) {
            case "next_token" -> alone(blocks(rows, tokenizer, recipe.sequenceLen()));
            case "preference" -> pairs(rows, tokenizer, recipe.sequenceLen());
            default -> alone(conversations(rows, tokenizer, recipe));
        });
    }

    private static List<List<TokenizedRow>> alone(List<TokenizedRow> rows) {
        return rows.stream().map(List::of).toList();
    }

    /** Chosen and rejected answers are learned together or not at all. */
    private static void requireKind(List<Row> rows, TrainingRecipe recipe, Path jsonl) {
        boolean pairs = rows.getFirst() instanceof Row.Preference;
        if (pairs != recipe.isPreference()) {
            throw new TrainingFailed("wrong_rows", "Expected " + (recipe.isPreference() ? "pairs with \"prompt\", \"chosen\" and \"rejected\"" : "conversations or text") + " in "
                    + jsonl.getFileName() + " for objective " + recipe.objective() + ", found " + (pairs ? "preference pairs" : "none of them") + ". Change the objective or the dataset.", true);
        }
    }

    private static List<List<TokenizedRow>> pairs(List<Row> rows, ChatTokenizer tokenizer, int length) {
        List<List<TokenizedRow>> pairs = new ArrayList<>();
        for (Row row : rows) {
            if (row instanceof Row.Preference preference) {
                TokenizedPair pair = preference.tokenizePair(tokenizer, length);
                if (pair.teaches()) {
                    pairs.add(List.of(pair.chosen(), pair.rejected()));
                }
            }
        }
        if (pairs.isEmpty()) {
            throw new TrainingFailed("all_labels_masked", "None of the " + rows.size() + " pairs has two different answers within sequence_len " + length
                    + ". Raise sequence_len or look at the dataset's report.", true);
        }
        return pairs;
    }

    private static List<TokenizedRow> conversations(List<Row> rows, ChatTokenizer tokenizer, TrainingRecipe recipe) {
        int length = recipe.sequenceLen();
        List<TokenizedRow> examples = new ArrayList<>();
        for (Row row : rows) {
            TokenizedRow example = row.tokenize(tokenizer, length, recipe.trainOnInputs());
            if (teaches(example)) {
                examples.add(example);
            }
        }
        if (examples.isEmpty()) {
            throw new TrainingFailed("all_labels_masked", "None of the " + rows.size() + " rows has a token to learn within sequence_len " + length
                    + ": their answers are empty or lie beyond it. Raise sequence_len or look at the dataset's report.", true);
        }
        return examples;
    }

    private static boolean teaches(TokenizedRow row) {
        for (int t = 1; t < row.length(); t++) {
            if (row.trainable()[t]) {
                return true;
            }
        }
        return false;
    }

    /** All text run together, documents kept apart by the tokenizer's begin token, cut so that every block predicts {@code length} tokens. */
    private static List<TokenizedRow> blocks(List<Row> rows, ChatTokenizer tokenizer, int length) {
        int[] stream = new int[1 << 16];
        int size = 0;
        for (Row row : rows) {
            int[] ids = row.tokenize(tokenizer, Integer.MAX_VALUE).ids();
            if (size + ids.length + 1 > stream.length) {
                stream = Arrays.copyOf(stream, Math.max(stream.length * 2, size + ids.length + 1));
            }
            if (tokenizer.beginToken().isPresent()) {
                stream[size++] = tokenizer.beginToken().getAsInt();
            }
            System.arraycopy(ids, 0, stream, size, ids.length);
            size += ids.length;
        }
        return cut(stream, size, length);
    }

    private static List<TokenizedRow> cut(int[] stream, int size, int length) {
        if (size < 2) {
            throw new TrainingFailed("no_rows", "The rows have " + size + " tokens together; at least 2 are needed to predict one from another.", true);
        }
        boolean[] all = new boolean[length + 1];
        Arrays.fill(all, true);
        List<TokenizedRow> blocks = new ArrayList<>();
        // a block's last token is the next one's first, so that every token is predicted once
        for (int start = 0; start + length < size; start += length) {
            blocks.add(new TokenizedRow(Arrays.copyOfRange(stream, start, start + length + 1), all));
        }
        if (blocks.isEmpty()) {
            blocks.add(new TokenizedRow(Arrays.copyOf(stream, size), Arrays.copyOf(all, size)));
        }
        return blocks;
    }

    int size() {
        return examples.size();
    }

    /** Tokens of an example. */
    int length(int example) {
        return examples.get(example).stream().mapToInt(TokenizedRow::length).sum();
    }

    List<TokenizedRow> documents(int example) {
        return examples.get(example);
    }
}

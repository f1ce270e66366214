package dev.hone.llm.estimate;

import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.llm.text.TokenizedPair;
import dev.hone.llm.text.TokenizedRow;
import dev.hone.llm.train.TrainingRecipe;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Counts tokens of some rows and concludes for all: tokenizing everything twice would be minutes for a large file. */
final class DataSample {
    /** Evenly spread over the file. */
    private static final int SPREAD = 256;
    /** The longest by their characters, as one long row sets the memory. */
    private static final int LONGEST = 64;

    private DataSample() {}

    /** @param jsonl canonical rows */
    static Workload of(Path base, Path jsonl, TrainingRecipe recipe) {
        List<Row> rows = Rows.read(jsonl);
        if (rows.isEmpty()) {
            return Workload.UNKNOWN;
        }
        try (ChatTokenizer tokenizer = ChatTokenizer.load(base)) {
            List<TokenizedRow> spread = tokenized(spread(rows), tokenizer, recipe);
            List<TokenizedRow> longest = tokenized(longest(rows), tokenizer, recipe);
            long tokens = spread.stream().mapToLong(TokenizedRow::length).sum();
            long learned = spread.stream().mapToLong(TokenizedRow::trainableTokens).sum();
            int most = Stream.concat(spread.stream(), longest.stream()).mapToInt(TokenizedRow::length).max().orElse(0);
            return new Workload(rows.size(), (double) tokens / spread.size(), most, tokens == 0 ? 1 : (double) learned / tokens);
        }
    }

    private static List<Row> spread(List<Row> rows) {
        int taken = Math.min(SPREAD, rows.size());
        return IntStream.range(0, taken).mapToObj(i -> rows.get((int) ((long) i * rows.size() / taken))).toList();
    }

    private static List<Row> longest(List<Row> rows) {
        return rows.stream().sorted(Comparator.comparingInt((Row row) -> Rows.format(row).length()).reversed()).limit(LONGEST).toList();
    }

    private static List<TokenizedRow> tokenized(List<Row> rows, ChatTokenizer tokenizer, TrainingRecipe recipe) {
        int most = recipe.isNextToken() ? Integer.MAX_VALUE : recipe.sequenceLen();
        return rows.stream().flatMap(row -> tokens(row, tokenizer, most, recipe)).toList();
    }

    private static Stream<TokenizedRow> tokens(Row row, ChatTokenizer tokenizer, int most, TrainingRecipe recipe) {
        if (recipe.isPreference() && row instanceof Row.Preference preference) {
            TokenizedPair pair = preference.tokenizePair(tokenizer, most);
            return Stream.of(pair.chosen(), pair.rejected());
        }
        return Stream.of(row.tokenize(tokenizer, most, recipe.trainOnInputs()));
    }
}

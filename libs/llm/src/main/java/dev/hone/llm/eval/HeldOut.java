package dev.hone.llm.eval;

import dev.hone.llm.data.Row;
import dev.hone.llm.model.Batch;
import dev.hone.llm.text.ChatMessage;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.llm.text.TokenizedPair;
import dev.hone.llm.text.TokenizedRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Held-out rows as a model sees them: batches to score, and questions to answer. */
record HeldOut(List<TokenizedRow> scored, List<TokenizedPair> pairs, List<Question> questions) {
    /** Tokens of a batch, padding included: bounds what the activations of one pass take. */
    private static final int MAX_CELLS = 4096;

    /** What comes before a conversation's last answer, and that answer. */
    record Question(int[] prompt, String reference) {}

    static HeldOut of(List<Row> rows, ChatTokenizer tokenizer, int sequenceLen, int questions) {
        List<TokenizedRow> scored = rows.stream().filter(row -> row.kind() != Row.Kind.PREFERENCE).map(row -> row.tokenize(tokenizer, sequenceLen))
                .filter(row -> row.trainableTokens() > 0).toList();
        List<TokenizedPair> pairs = rows.stream().filter(Row.Preference.class::isInstance)
                .map(row -> ((Row.Preference) row).tokenizePair(tokenizer, sequenceLen)).filter(TokenizedPair::teaches).toList();
        List<Question> asked = rows.stream().map(row -> question(row, tokenizer)).flatMap(Optional::stream).limit(questions).toList();
        return new HeldOut(scored, pairs, asked);
    }

    private static Optional<Question> question(Row row, ChatTokenizer tokenizer) {
        if (!(row instanceof Row.Chat(List<ChatMessage> messages))) {
            return Optional.empty();
        }
        for (int i = messages.size() - 1; i > 0; i--) {
            if (messages.get(i).isLearned()) {
                return Optional.of(new Question(tokenizer.prompt(messages.subList(0, i)), messages.get(i).content()));
            }
        }
        return Optional.empty();
    }

    int size() {
        return scored.size() + pairs.size();
    }

    /** Pairs in their order, so that what is said of each can be compared between models: chosen and rejected in turn. */
    List<Batch> pairBatches() {
        List<Batch> batches = new ArrayList<>();
        int from = 0;
        int cells = 0;
        for (int to = 1; to <= pairs.size(); to++) {
            cells += pairs.get(to - 1).chosen().length() + pairs.get(to - 1).rejected().length();
            if (to == pairs.size() || cells + 2 * pairs.get(to).length() > MAX_CELLS) {
                List<TokenizedRow> rows = pairs.subList(from, to).stream().flatMap(pair -> Stream.of(pair.chosen(), pair.rejected())).toList();
                batches.add(Batch.ofPairs(rows.stream().map(TokenizedRow::ids).toList(), rows.stream().map(TokenizedRow::trainable).toList()));
                from = to;
                cells = 0;
            }
        }
        return batches;
    }

    /** The rows in batches of similar length, so that little is padding. */
    List<Batch> batches() {
        List<TokenizedRow> sorted = scored.stream().sorted(Comparator.comparingInt(TokenizedRow::length)).toList();
        List<Batch> batches = new ArrayList<>();
        int from = 0;
        for (int to = 1; to <= sorted.size(); to++) {
            boolean full = to == sorted.size() || (to + 1 - from) * sorted.get(to).length() > MAX_CELLS;
            if (full) {
                List<TokenizedRow> rows = sorted.subList(from, to);
                batches.add(Batch.of(rows.stream().map(TokenizedRow::ids).toList(), rows.stream().map(TokenizedRow::trainable).toList()));
                from = to;
            }
        }
        return batches;
    }
}

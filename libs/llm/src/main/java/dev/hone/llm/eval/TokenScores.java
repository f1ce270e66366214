package dev.hone.llm.eval;

import dev.hone.llm.lora.AdaptedModel;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * What a model gives every token of one sequence, for holding engines against each other. The log-probability of a token
 * is its logit less the log of the sum of all logits' exponentials (log-softmax), in nats, added up in double precision.
 */
public final class TokenScores {
    /** Logits of all positions are there at once: 2 GiB. */
    private static final int MOST_LOGITS = 1 << 29;

    private TokenScores() {}

    /**
     * One position.
     *
     * @param token id
     * @param logProbability of the token given those before it, in nats; NaN for the first, which nothing comes before
     * @param next the likeliest tokens to follow it, likeliest first
     */
    public record Position(int token, double logProbability, List<Candidate> next) {}

    /** @param logProbability in nats */
    public record Candidate(int token, float logit, double logProbability) {}

    /**
     * @param model plain or quantized directory; plain where there is an adapter
     * @param adapterOrNull directory in PEFT's format
     * @param precision f32 or bf16
     * @param tokens at least one, each below the vocabulary's size; no more than the model reads, and no
     *     more than have half a billion logits together
     * @param top how many candidates to give; 0 or more
     * @throws IllegalArgumentException if the tokens cannot be scored, saying which
     * @throws dev.hone.llm.format.FormatException if a directory does not hold what it should
     */
    public static List<Position> of(Path model, Path adapterOrNull, String precision, int[] tokens, int top) {
        Precision type = Precision.of(precision);
        try (LanguageModel loaded = adapterOrNull == null ? LanguageModel.load(model, type) : AdaptedModel.load(model, adapterOrNull, type)) {
            check(tokens, loaded.config().vocabSize(), loaded.contextLength());
            return positions(tokens, loaded.logits(new int[][] {tokens}), loaded.config().vocabSize(), top);
        }
    }

    private static void check(int[] tokens, int vocabulary, int context) {
        int most = Math.min(context, MOST_LOGITS / vocabulary);
        if (tokens.length == 0 || tokens.length > most) {
            throw new IllegalArgumentException("Expected 1 to " + most + " tokens, " + (most == context ? "which is what the model reads" : "whose logits fit into memory at once")
                    + ", found " + tokens.length + ".");
        }
        for (int token : tokens) {
            if (token < 0 || token >= vocabulary) {
                throw new IllegalArgumentException("Expected tokens from 0 to " + (vocabulary - 1) + ", the model's vocabulary, found " + token + ".");
            }
        }
    }

    /** @param logits row-major [T,V] */
    static List<Position> positions(int[] tokens, float[] logits, int vocabulary, int top) {
        List<Position> positions = new ArrayList<>();
        double given = Double.NaN;
        for (int t = 0; t < tokens.length; t++) {
            Row row = new Row(logits, t * vocabulary, vocabulary);
            positions.add(new Position(tokens[t], given, row.likeliest(top)));
            given = t + 1 < tokens.length ? row.logProbability(tokens[t + 1]) : Double.NaN;
        }
        return positions;
    }

    /** The logits after one token. */
    private record Row(float[] logits, int start, int size, double logSum) {
        Row(float[] logits, int start, int size) {
            this(logits, start, size, logSumExp(logits, start, size));
        }

        private static double logSumExp(float[] logits, int start, int size) {
            double most = Double.NEGATIVE_INFINITY;
            for (int i = start; i < start + size; i++) {
                most = Math.max(most, logits[i]);
            }
            double sum = 0;
            for (int i = start; i < start + size; i++) {
                sum += Math.exp(logits[i] - most);
            }
            return most + Math.log(sum);
        }

        double logProbability(int token) {
            return logits[start + token] - logSum;
        }

        List<Candidate> likeliest(int count) {
            Comparator<Integer> byLogit = Comparator.<Integer>comparingDouble(token -> logits[start + token]).thenComparing(Comparator.reverseOrder());
            PriorityQueue<Integer> best = new PriorityQueue<>(byLogit);
            for (int token = 0; token < size && count > 0; token++) {
                best.add(token);
                if (best.size() > count) {
                    best.poll();
                }
            }
            return best.stream().sorted(byLogit.reversed()).map(token -> new Candidate(token, logits[start + token], logProbability(token))).toList();
        }
    }
}

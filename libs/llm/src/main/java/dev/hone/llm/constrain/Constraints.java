package dev.hone.llm.constrain;

import dev.hone.llm.text.ChatTokenizer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Makes constraints and keeps the last ones, so that a service may ask for each request anew. Thread-safe. A new vocabulary
 * or schema takes up to some hundred milliseconds, one that is known a few microseconds.
 */
public final class Constraints {
    private static final int MAX_VOCABULARIES = 8;
    private static final int MAX_CONSTRAINTS = 64;
    private static final int MAX_CHARACTERS = 1 << 18;

    private static final Map<Tokens, Constraints> BY_TOKENS = leastRecentlyUsed(MAX_VOCABULARIES);

    private final Vocabulary vocabulary;
    private final Map<Source, Constraint> known = leastRecentlyUsed(MAX_CONSTRAINTS);

    /** Tokenizers of several revisions are one where their files are the same. */
    private record Tokens(String sha256, Set<Integer> ends) {}

    private record Source(Kind kind, String text) {}

    private enum Kind { REGEX, SCHEMA, JSON }

    private Constraints(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    private static <K, V> Map<K, V> leastRecentlyUsed(int max) {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > max;
            }
        };
    }

    /**
     * Texts that the expression matches as a whole.
     *
     * @throws ConstraintException if it cannot be read or held
     * @throws dev.hone.llm.format.FormatException if the tokenizer's tokens stand for no bytes of their own
     */
    public static Constraint regex(ChatTokenizer tokenizer, String pattern) {
        return of(tokenizer).known(new Source(Kind.REGEX, pattern), () -> GrammarBuilder.build(Regex.whole(pattern), rule -> Expression.NOTHING));
    }

    /**
     * JSON that is valid by the schema: on one line, properties in the schema's order.
     *
     * @throws ConstraintException if it is no schema or cannot be held
     * @throws dev.hone.llm.format.FormatException as {@link #regex}
     */
    public static Constraint jsonSchema(ChatTokenizer tokenizer, String schema) {
        return of(tokenizer).known(new Source(Kind.SCHEMA, schema), () -> JsonSchema.grammar(schema));
    }

    /** Any JSON object. @throws dev.hone.llm.format.FormatException as {@link #regex} */
    public static Constraint json(ChatTokenizer tokenizer) {
        return of(tokenizer).known(new Source(Kind.JSON, ""), JsonSchema::objects);
    }

    private static Constraints of(ChatTokenizer tokenizer) {
        Tokens tokens = new Tokens(tokenizer.sha256(), tokenizer.endTokens());
        return cached(BY_TOKENS, tokens, () -> new Constraints(new Vocabulary(tokenizer.tokenBytes(), tokenizer.endTokens())));
    }

    /** Made outside the lock: two threads may both make it, and the first one's stays. */
    private static <K, V> V cached(Map<K, V> cache, K key, Supplier<V> maker) {
        synchronized (cache) {
            V known = cache.get(key);
            if (known != null) {
                return known;
            }
        }
        V made = maker.get();
        synchronized (cache) {
            V other = cache.putIfAbsent(key, made);
            return other == null ? made : other;
        }
    }

    private Constraint known(Source source, Supplier<Grammar> grammar) {
        if (source.text.length() > MAX_CHARACTERS) {
            throw new ConstraintException("Expected a pattern or schema of at most " + MAX_CHARACTERS + " characters, found " + source.text.length() + ".");
        }
        return cached(known, source, () -> {
            TokenConstraint constraint = new TokenConstraint(vocabulary, new Automaton(grammar.get()));
            // what is too ambiguous is mostly seen at the first token, and is the caller's to hear before anything is computed
            constraint.start().allowed();
            return constraint;
        });
    }
}

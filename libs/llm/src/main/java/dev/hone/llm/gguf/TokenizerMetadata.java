package dev.hone.llm.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.format.FormatException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A tokenizer under llama.cpp's keys. Byte-level BPE is its model gpt2, with merges; BPE over pieces with ▁ for a space and
 * bytes to fall back on is its model llama, which merges by score, so that a piece's score is the place of its merge.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md#tokenizer">the keys</a>
 */
final class TokenizerMetadata {
    private static final String KEY = "tokenizer.ggml.";
    private static final String SPACE = "\u2581";
    private static final Pattern BYTE = Pattern.compile("<0x[0-9A-Fa-f]{2}>");
    private static final float NEVER_MERGED = -10_000;

    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE_TOKEN = 6;

    private final TokenizerJson tokenizer;
    private final List<String> notes;
    private final Map<String, GgufValue> values = new LinkedHashMap<>();
    private final String[] tokens;
    private final int[] types;

    private TokenizerMetadata(TokenizerJson tokenizer, int vocabulary, List<String> notes) {
        this.tokenizer = tokenizer;
        this.notes = notes;
        if (tokenizer.size() > vocabulary) {
            throw new FormatException("Expected at most " + vocabulary + " tokens, as many as the embedding has rows, found " + tokenizer.size() + ". Model and tokenizer belong to different models.");
        }
        tokens = new String[vocabulary];
        types = new int[vocabulary];
        for (int id = 0; id < vocabulary; id++) {
            tokens[id] = "[PAD" + id + "]";
        }
        Arrays.fill(types, UNUSED);
    }

    /**
     * @param tokenizer of the model
     * @param vocabulary rows of the embedding; tokens beyond the tokenizer's own are written as unused
     * @param notes gets what a user of the file should know
     */
    static Map<String, GgufValue> of(TokenizerJson tokenizer, int vocabulary, List<String> notes) {
        TokenizerMetadata metadata = new TokenizerMetadata(tokenizer, vocabulary, notes);
        if (tokenizer.model().path("byte_fallback").asBoolean()) {
            metadata.pieces();
        } else {
            metadata.byteLevel();
        }
        metadata.specials();
        tokenizer.chatTemplate().ifPresent(template -> metadata.values.put("tokenizer.chat_template", new GgufValue.Text(template)));
        return metadata.values;
    }

    private void put(String key, GgufValue value) {
        values.put(KEY + key, value);
    }

    private void byteLevel() {
        boolean whole = tokenizer.model().path("ignore_merges").asBoolean();
        Optional<String> pre = PreTokenizer.name(tokenizer.root().path("pre_tokenizer"), whole);
        if (pre.isEmpty()) {
            notes.add("llama.cpp knows no way of splitting text like the pre_tokenizer of tokenizer.json; the file says gpt-2, the nearest, and some texts become other tokens than the model was trained on.");
        }
        tokenizer.vocabulary().forEach((id, token) -> set(id, token, NORMAL));
        added(Function.identity());
        put("model", new GgufValue.Text("gpt2"));
        put("pre", new GgufValue.Text(pre.orElse("gpt-2")));
        list();
        put("merges", new GgufValue.Texts(tokenizer.merges().stream().map(pair -> escaped(pair[0]) + " " + escaped(pair[1])).toList()));
    }

    /** Spaces inside a merge's parts are written as byte-level tokenizers write a space. */
    private static String escaped(String part) {
        return part.replace(' ', '\u0120');
    }

    private void pieces() {
        float[] scores = new float[tokens.length];
        Arrays.fill(scores, NEVER_MERGED);
        Map<String, Float> places = new HashMap<>();
        for (String[] pair : tokenizer.merges()) {
            places.putIfAbsent(pair[0] + pair[1], (float) -places.size());
        }
        String unknown = tokenizer.model().path("unk_token").asText("");
        tokenizer.vocabulary().forEach((id, token) -> {
            set(id, token, token.equals(unknown) ? UNKNOWN : BYTE.matcher(token).matches() ? BYTE_TOKEN : NORMAL);
            scores[id] = places.getOrDefault(token, NEVER_MERGED);
        });
        added(content -> content.replace(SPACE, " "));
        tokenizer.id(unknown).ifPresent(id -> types[id] = UNKNOWN);
        put("model", new GgufValue.Text("llama"));
        put("pre", new GgufValue.Text("default"));
        list();
        put("scores", new GgufValue.Reals(scores));
        put("add_space_prefix", new GgufValue.Flag(prefixesSpace()));
    }

    private void list() {
        put("tokens", new GgufValue.Texts(List.of(tokens)));
        put("token_type", new GgufValue.Ints(types));
    }

    private void set(int id, String token, int type) {
        tokens[id] = token;
        types[id] = type;
    }

    /** @param text of a token that is none of the special ones, as llama.cpp finds it in text */
    private void added(Function<String, String> text) {
        tokenizer.added().forEach((id, token) -> {
            boolean control = token.special() || looksSpecial(token.content());
            set(id, control ? token.content() : text.apply(token.content()), control ? CONTROL : USER_DEFINED);
        });
    }

    /** Some tokenizers do not call their control tokens special; llama.cpp's converter knows them by these forms. */
    private static boolean looksSpecial(String token) {
        return token.startsWith("<|") && token.endsWith("|>") || token.startsWith("<unused") && token.endsWith(">")
                || List.of("<pad>", "<mask>", "<2mass>", "[@BOS@]").contains(token);
    }

    private boolean prefixesSpace() {
        boolean normalizer = parts(tokenizer.root().path("normalizer"), "normalizers").anyMatch(part -> part.path("type").asText().equals("Prepend"));
        Optional<JsonNode> metaspace = parts(tokenizer.root().path("pre_tokenizer"), "pretokenizers").filter(part -> part.path("type").asText().equals("Metaspace")).findFirst();
        String scheme = metaspace.map(part -> part.path("prepend_scheme").asText(part.path("add_prefix_space").asBoolean(true) ? "always" : "never")).orElse("never");
        if (scheme.equals("first")) {
            notes.add("The tokenizer puts a space before the first word only; llama.cpp puts one after every special token, too.");
        }
        return normalizer || !scheme.equals("never");
    }

    private static Stream<JsonNode> parts(JsonNode node, String list) {
        return node.path("type").asText().equals("Sequence") ? node.path(list).valueStream() : Stream.of(node);
    }

    private void specials() {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("bos", "bos_token_id");
        keys.put("eos", "eos_token_id");
        keys.put("unk", "unknown_token_id");
        keys.put("pad", "padding_token_id");
        keys.forEach((name, key) -> tokenizer.special(name).ifPresent(id -> put(key, new GgufValue.Count(id))));
        Optional<Integer> eos = tokenizer.special("eos");
        List<Integer> ends = tokenizer.ends().stream().filter(id -> !eos.equals(Optional.of(id)) && id < tokens.length).toList();
        if (!ends.isEmpty()) {
            put("eot_token_id", new GgufValue.Count(ends.getFirst()));
        }
        put("add_bos_token", new GgufValue.Flag(adds("bos", 0) && tokenizer.special("bos").isPresent()));
        put("add_eos_token", new GgufValue.Flag(adds("eos", -1) && eos.isPresent()));
    }

    /**
     * Whether a text gets the token by tokenizer_config.json, and else by the template of tokenizer.json.
     *
     * @param place 0: at the beginning, −1: at the end
     */
    private boolean adds(String name, int place) {
        JsonNode flag = tokenizer.config().path("add_" + name + "_token");
        if (flag.isBoolean()) {
            return flag.asBoolean();
        }
        Optional<Integer> id = tokenizer.special(name);
        return parts(tokenizer.root().path("post_processor"), "processors").map(part -> part.path("single")).filter(single -> single.size() > 1)
                .map(single -> single.path(place == 0 ? 0 : single.size() - 1).path("SpecialToken").path("id").asText(""))
                .anyMatch(token -> !token.isEmpty() && tokenizer.id(token).equals(id));
    }
}

package dev.hone.llm.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A model's tokenizer.json and chat template. Special tokens come from the template alone; nothing is added, cut or
 * padded behind the caller's back, and nothing is ever downloaded. Thread-safe.
 */
public final class ChatTokenizer implements AutoCloseable {
    static {
        // DJL counts its users over the network on the first tokenizer unless it is told to be offline
        System.setProperty("ai.djl.offline", System.getProperty("ai.djl.offline", "true"));
    }

    private final HuggingFaceTokenizer tokenizer;
    private final Optional<ChatTemplate> template;
    private final Set<Integer> endTokens;
    private final OptionalInt beginToken;
    private final int vocabularySize;
    private final String sha256;
    private final Path directory;

    private ChatTokenizer(Path directory) throws IOException {
        TokenizerFiles files = new TokenizerFiles(directory);
        this.directory = directory;
        byte[] json = files.tokenizerJson();
        Optional<String> source = files.chatTemplate();
        template = source.map(s -> new ChatTemplate(s, files.specialTokens()));
        endTokens = Set.copyOf(files.endTokens());
        beginToken = files.id("bos_token");
        vocabularySize = files.vocabularySize();
        sha256 = sha256(json, source.orElse("").getBytes(StandardCharsets.UTF_8));
        tokenizer = HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(json), Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
    }

    /**
     * @param modelDirectory holds tokenizer.json and, for chat, tokenizer_config.json with a chat_template or a
     *     chat_template.jinja
     * @throws FormatException if there is no tokenizer.json or it cannot be parsed
     */
    public static ChatTokenizer load(Path modelDirectory) {
        try {
            return new ChatTokenizer(modelDirectory);
        } catch (IOException e) {
            throw new FormatException("Cannot load the tokenizer in " + modelDirectory + ": " + e.getMessage(), e);
        }
    }

    /** Tokens of the text alone. The names of special tokens inside it become those tokens. */
    public int[] encode(String text) {
        return ints(tokenizer.encode(text, false, false).getIds());
    }

    /** The text of the tokens, without special tokens; bytes that form no character become U+FFFD. */
    public String decode(int[] ids) {
        return ids.length == 0 ? "" : tokenizer.decode(longs(ids), true);
    }

    /** The messages as the template writes them, with the opening of an assistant turn at the end. */
    public int[] prompt(List<ChatMessage> messages) {
        return encode(template().render(messages, true));
    }

    /** The row of {@link #row(List, int, boolean)} in which only answers are learned. */
    public TokenizedRow row(List<ChatMessage> messages, int maxTokens) {
        return row(messages, maxTokens, false);
    }

    /**
     * A training row. Trainable are each assistant turn's tokens up to and with its end token, not what the template
     * writes around them; with {@code trainOnInputs} every token, the template's too. A turn of weight 0 never is.
     *
     * @param maxTokens what goes beyond is cut off at the end
     * @throws ChatTemplateException if the template refuses the messages, or renders a turn differently once others
     *     follow, so that one token sequence cannot teach all turns
     */
    public TokenizedRow row(List<ChatMessage> messages, int maxTokens, boolean trainOnInputs) {
        TurnTokens turns = new TurnTokens(this, template(), endTokens, messages);
        boolean[] trainable = new boolean[turns.ids().length];
        Arrays.fill(trainable, trainOnInputs);
        for (int i = 0; i < messages.size(); i++) {
            boolean learned = messages.get(i).isLearned();
            if (messages.get(i).isAssistant() && learned != trainOnInputs) {
                turns.mark(i, trainable, learned);
            }
        }
        return cut(turns.ids(), trainable, maxTokens);
    }

    /**
     * The prompt followed by each of the answers. Trainable are the answers' assistant turns, never those of the prompt.
     *
     * @param maxTokens what goes beyond is cut off at the end of each
     * @throws ChatTemplateException as {@link #row(List, int, boolean)}
     */
    public TokenizedPair pair(List<ChatMessage> prompt, List<ChatMessage> chosen, List<ChatMessage> rejected, int maxTokens) {
        return new TokenizedPair(answered(prompt, chosen, maxTokens), answered(prompt, rejected, maxTokens));
    }

    private TokenizedRow answered(List<ChatMessage> prompt, List<ChatMessage> answer, int maxTokens) {
        return row(Stream.concat(prompt.stream().map(ChatMessage::notLearned), answer.stream()).toList(), maxTokens);
    }

    /** A row of raw text, every token trainable, cut to {@code maxTokens}. */
    public TokenizedRow text(String text, int maxTokens) {
        int[] ids = encode(text);
        boolean[] trainable = new boolean[ids.length];
        Arrays.fill(trainable, true);
        return cut(ids, trainable, maxTokens);
    }

    private static TokenizedRow cut(int[] ids, boolean[] trainable, int maxTokens) {
        int length = Math.min(ids.length, maxTokens);
        return new TokenizedRow(Arrays.copyOf(ids, length), Arrays.copyOf(trainable, length));
    }

    private ChatTemplate template() {
        return template.orElseThrow(() -> new ChatTemplateException("The model in " + directory.getFileName()
                + " has no chat template: expected chat_template in tokenizer_config.json or a chat_template.jinja. Use raw text rows, or a model made for chat."));
    }

    public boolean hasChatTemplate() {
        return template.isPresent();
    }

    /** One more than the largest token id; the model's own vocab_size may be larger, for padding. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /** Tokens after which an answer is over: eos_token, and eos_token_id of the configurations. */
    public Set<Integer> endTokens() {
        return endTokens;
    }

    /** bos_token, where the tokenizer names one; separates documents in raw text training. */
    public OptionalInt beginToken() {
        return beginToken;
    }

    /** SHA-256 over tokenizer.json and the chat template, hex: equal means that training and serving agree on tokens. */
    public String sha256() {
        return sha256;
    }

    /**
     * What each token adds to an answer's text; read anew from tokenizer.json at each call.
     *
     * @throws FormatException if the tokenizer's tokens stand for no bytes of their own
     */
    public TokenBytes tokenBytes() {
        return TokenBytes.read(Json.read(directory.resolve("tokenizer.json")), vocabularySize, endTokens);
    }

    public StreamDecoder streamDecoder() {
        return new StreamDecoder(this::decode);
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    private static String sha256(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    private static int[] ints(long[] ids) {
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }

    private static long[] longs(int[] ids) {
        return Arrays.stream(ids).asLongStream().toArray();
    }
}

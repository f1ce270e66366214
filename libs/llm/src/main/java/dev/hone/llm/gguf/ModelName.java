package dev.hone.llm.gguf;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * general.name: the directory's. llama.cpp reads from it whether a model is a Phi-3, whose special tokens swallow the white
 * space after them; so a tokenizer that does that needs the word in the name, and for any other it must not stand there.
 */
final class ModelName {
    private static final List<String> TOKENS = List.of("</s>", "<unk>", "<s>", "<|endoftext|>");

    private ModelName() {}

    static String of(Path directory, TokenizerJson tokenizer) {
        Path last = directory.toAbsolutePath().normalize().getFileName();
        String name = last == null ? "model" : last.toString();
        boolean says = name.toLowerCase(Locale.ROOT).contains("phi-3") || name.toLowerCase(Locale.ROOT).contains("phi3");
        boolean is = TOKENS.stream().allMatch(token -> tokenizer.id(token).isPresent())
                && tokenizer.added().values().stream().anyMatch(token -> token.special() && token.swallowsSpace());
        if (says == is) {
            return name;
        }
        return is ? name + " phi-3" : name.replaceAll("(?i)phi-?3", "phi 3");
    }
}

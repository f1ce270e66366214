package dev.hone.ingest.check;

import dev.hone.llm.text.ChatTokenizer;
import java.nio.file.Path;
import java.util.Set;

/** The project's own base model, as far as ingest needs one. */
public final class HoneNano {
    public static final Path DIRECTORY = Path.of(System.getProperty("hone.root"), "models", "hone-nano");

    private HoneNano() {}

    /** Its context is 512 tokens. */
    public static BaseModel base() {
        return Holder.BASE;
    }

    private static final class Holder {
        static final BaseModel BASE = new BaseModel("hone-nano", ChatTokenizer.load(DIRECTORY), 512,
                Set.of("<|endoftext|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|pad|>"));
    }
}

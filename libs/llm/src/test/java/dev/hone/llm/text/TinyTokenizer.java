package dev.hone.llm.text;

import java.net.URISyntaxException;
import java.nio.file.Path;

/** The directory of the tests' tokenizer; make_tokenizer.py beside it made it. */
public final class TinyTokenizer {
    private TinyTokenizer() {}

    public static Path directory() {
        try {
            return Path.of(TinyTokenizer.class.getResource("/tiny-tokenizer/tokenizer.json").toURI()).getParent();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}

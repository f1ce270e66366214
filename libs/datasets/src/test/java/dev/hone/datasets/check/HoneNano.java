package dev.hone.datasets.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** The project's own base model, as far as checking needs one. */
public final class HoneNano {
    public static final Path DIRECTORY = Path.of(System.getProperty("hone.root"), "models", "hone-nano");

    private HoneNano() {}

    /** Its context is 512 tokens. */
    public static BaseModel base() {
        return Holder.BASE;
    }

    private static final class Holder {
        static final BaseModel BASE = load();

        private static BaseModel load() {
            try {
                return BaseModel.load("hone-nano", DIRECTORY);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

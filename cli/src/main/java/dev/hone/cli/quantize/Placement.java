package dev.hone.cli.quantize;

import dev.hone.cli.work.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/**
 * Where what was made in a scratch folder goes once it is whole.
 *
 * @param made has a folder for each thing made
 * @param out where the user wants it
 * @param form what {@code out} becomes
 * @param name of the one thing asked for; empty where there are several
 */
record Placement(Path made, Path out, Form form, String name) {
    enum Form {
        /** A folder with a folder for each thing. */
        EACH,
        /** The folder of the one thing itself. */
        FOLDER,
        /** The one GGUF file of the one thing. */
        FILE
    }

    static Placement each(Path made, Path out) {
        return new Placement(made, out, Form.EACH, "");
    }

    static Placement folder(Path made, Path out, String name) {
        return new Placement(made, out, Form.FOLDER, name);
    }

    static Placement file(Path made, Path out, String name) {
        return new Placement(made, out, Form.FILE, name);
    }

    /** Where a folder directly in {@code made} lies afterwards. */
    Path of(Path folder) {
        return form == Form.EACH ? out.resolve(folder.getFileName()) : out;
    }

    void publish() throws IOException {
        switch (form) {
            case EACH -> Folders.replace(made, out);
            case FOLDER -> Folders.replace(made.resolve(name), out);
            case FILE -> {
                Folders.makeParent(out);
                Files.move(onlyFile(), out, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private Path onlyFile() throws IOException {
        try (Stream<Path> files = Files.list(made.resolve(name))) {
            return files.filter(file -> file.toString().endsWith(".gguf")).findFirst().orElseThrow(() -> new IOException("no .gguf file was written to " + made.resolve(name)));
        }
    }
}

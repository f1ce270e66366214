package dev.hone.quantizer;

import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import dev.hone.llm.text.ChatMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A dataset of a few questions and answers. */
final class TinyRows {

    private TinyRows() {}

    /** Rows to train on and rows to compare on. */
    static Path write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Rows.write(directory.resolve("train.jsonl"), rows(0, 48));
        Rows.write(directory.resolve("validation.jsonl"), rows(48, 56));
        return directory;
    }

    private static List<Row> rows(int from, int to) {
        List<Row> rows = new ArrayList<>();
        for (int i = from; i < to; i++) {
            rows.add(new Row.Chat(List.of(
                    new ChatMessage("user", "How do I reset phone number " + i + "?"), new ChatMessage("assistant", "Open the settings of phone " + i + "."))));
        }
        return rows;
    }
}

package dev.hone.llm.quant;

import java.nio.file.Path;
import java.util.List;

/**
 * The merged model in a format of others.
 *
 * @param name as the recipe spells it: gguf-q4_k
 * @param directory where its file or files lie
 * @param notes what a user of it should know, sentences
 * @param relativeError |W − Q(W)|² / |W|² over all of its matrices, as read back from the file
 */
public record ExportReport(String name, Path directory, long sizeBytes, double relativeError, List<String> notes) {
    public ExportReport {
        notes = List.copyOf(notes);
    }
}

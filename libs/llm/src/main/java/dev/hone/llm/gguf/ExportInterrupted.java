package dev.hone.llm.gguf;

/** An export was asked to stop; it left no file. */
public final class ExportInterrupted extends RuntimeException {
    ExportInterrupted() {
        super("The export was stopped before its file was complete; there is none.");
    }
}

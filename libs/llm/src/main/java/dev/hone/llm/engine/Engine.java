package dev.hone.llm.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Answers many requests at once with the models that are loaded. Thread-safe. */
public interface Engine extends AutoCloseable {
    /**
     * Loads a plain or quantized model directory, beside whatever is being answered.
     *
     * @throws dev.hone.llm.format.FormatException if the directory does not hold a model that can be run faithfully
     */
    LoadedModel load(Path modelDirectory, ServedAs as);

    /** Loads a base merged with an adapter in PEFT's format, W0 + BA, then held as asked. */
    LoadedModel loadMerged(Path baseDirectory, Path adapterDirectory, ServedAs as);

    /** Loads an adapter in PEFT's format to be computed beside its base. */
    LoadedAdapter loadAdapter(LoadedModel base, Path adapterDirectory);

    /**
     * @throws EngineBusy if too many requests wait already, or the engine stops
     * @throws IllegalArgumentException if this model could never answer it; the sentence is for whoever asks
     * @throws IllegalStateException if the model or the adapter was closed meanwhile
     */
    Ticket ask(Ask ask, AnswerListener listener) throws EngineBusy;

    /**
     * Log-probabilities of each continuation's tokens after the context, each with the likeliest token at its place. The
     * context is read once. The future fails with a {@link java.util.concurrent.TimeoutException} after the deadline and a
     * {@link java.util.concurrent.CancellationException} when the engine stops; cancelling it frees its place.
     *
     * @param context at least one token
     */
    CompletableFuture<List<List<TokenLogprob>>> score(LoadedModel model, Optional<LoadedAdapter> adapter, int[] context, List<int[]> continuations, long deadlineNanos) throws EngineBusy;

    /** The mean of the text's final hidden states, of length 1: [D]. Fails as {@link #score}. */
    CompletableFuture<float[]> embed(LoadedModel model, Optional<LoadedAdapter> adapter, int[] text, long deadlineNanos) throws EngineBusy;

    EngineStatus status();

    /** Takes nothing new; lets what runs and waits end by itself for so long, then ends it as cancelled. */
    void drain(Duration grace);

    @Override
    void close();
}

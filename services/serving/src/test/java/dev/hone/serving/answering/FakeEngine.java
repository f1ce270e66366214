package dev.hone.serving.answering;

import dev.hone.llm.engine.AnswerListener;
import dev.hone.llm.engine.Ask;
import dev.hone.llm.engine.Engine;
import dev.hone.llm.engine.EngineBusy;
import dev.hone.llm.engine.EngineStatus;
import dev.hone.llm.engine.LoadedAdapter;
import dev.hone.llm.engine.LoadedModel;
import dev.hone.llm.engine.ServedAs;
import dev.hone.llm.engine.Ticket;
import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.FinishReason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** Says what a test tells it to, when it tells it to. */
final class FakeEngine implements Engine {
    record Asked(Ask ask, AnswerListener listener) {
        void answer(String text) {
            listener.admitted();
            listener.piece(text, List.of());
            end(text, FinishReason.STOP);
        }

        void end(String text, FinishReason finish) {
            listener.end(new Completion(text, finish, ask.prompt().length, 1));
        }
    }

    final List<Asked> asked = new CopyOnWriteArrayList<>();
    final CompletableFuture<List<List<TokenLogprob>>> scores = new CompletableFuture<>();
    int cancelled;
    int running;
    int waiting;
    Optional<EngineBusy> busy = Optional.empty();

    Asked last() {
        return asked.getLast();
    }

    @Override
    public Ticket ask(Ask ask, AnswerListener listener) throws EngineBusy {
        if (busy.isPresent()) {
            throw busy.get();
        }
        asked.add(new Asked(ask, listener));
        return () -> cancelled++;
    }

    @Override
    public CompletableFuture<List<List<TokenLogprob>>> score(LoadedModel model, Optional<LoadedAdapter> adapter, int[] context, List<int[]> continuations, long deadlineNanos) {
        return scores;
    }

    @Override
    public CompletableFuture<float[]> embed(LoadedModel model, Optional<LoadedAdapter> adapter, int[] text, long deadlineNanos) {
        return CompletableFuture.completedFuture(new float[] {1, 0});
    }

    @Override
    public EngineStatus status() {
        return new EngineStatus(running, waiting, 0, 0, 0, 0);
    }

    @Override
    public LoadedModel load(Path modelDirectory, ServedAs as) {
        throw new UnsupportedOperationException("models come from elsewhere in these tests");
    }

    @Override
    public LoadedModel loadMerged(Path baseDirectory, Path adapterDirectory, ServedAs as) {
        throw new UnsupportedOperationException("models come from elsewhere in these tests");
    }

    @Override
    public LoadedAdapter loadAdapter(LoadedModel base, Path adapterDirectory) {
        throw new UnsupportedOperationException("adapters come from elsewhere in these tests");
    }

    @Override
    public void drain(Duration grace) {}

    @Override
    public void close() {}
}

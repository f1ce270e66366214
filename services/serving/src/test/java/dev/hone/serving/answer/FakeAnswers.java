package dev.hone.serving.answer;

import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.FinishReason;
import dev.hone.v1.ServedModel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers without a model, on threads of their own. A token is a word with the space before it; the answer is the words
 * "one two three …", as many as were asked for, up to five. The k-th token of prompt or answer has the log-probability -k/8,
 * and its likeliest alternative is itself at even places and "other" at odd ones.
 *
 * <p>The model "m" answers; "endless" never stops and says how often it was cancelled; any other is not deployed.
 */
public final class FakeAnswers implements Answers, AutoCloseable {
    private static final List<String> WORDS = List.of("one", " two", " three", " four", " five");

    public final ConcurrentLinkedQueue<Question> asked = new ConcurrentLinkedQueue<>();
    public final AtomicInteger cancelled = new AtomicInteger();
    public final AtomicInteger endlessPieces = new AtomicInteger();
    private final AtomicInteger ids = new AtomicInteger();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @Override
    public InFlight ask(Question question, AnswerSink sink) {
        asked.add(question);
        if (!question.model().equals("m") && !question.model().equals("endless")) {
            sink.refused(notDeployed(question.model()));
            return () -> {};
        }
        AtomicBoolean gone = new AtomicBoolean();
        String id = "a" + ids.incrementAndGet();
        threads.execute(() -> answer(question, sink, id, gone));
        return () -> {
            if (!gone.getAndSet(true)) {
                cancelled.incrementAndGet();
            }
        };
    }

    private void answer(Question question, AnswerSink sink, String id, AtomicBoolean gone) {
        List<String> prompt = words(question.prompt());
        sink.begin(id, question.model(), "r1");
        if (question.echo()) {
            sink.prompt(tokens(prompt, 0, question.logprobs()));
        }
        if (question.model().equals("endless")) {
            endless(sink, gone);
            return;
        }
        int most = Math.min(question.sampling().maxTokens(), WORDS.size());
        for (int i = 0; i < most; i++) {
            sink.piece(WORDS.get(i), question.logprobs() < 0 ? List.of() : tokens(WORDS.subList(i, i + 1), prompt.size() + i, question.logprobs()));
        }
        sink.end(most == WORDS.size() ? FinishReason.STOP : FinishReason.LENGTH, prompt.size(), most);
    }

    private void endless(AnswerSink sink, AtomicBoolean gone) {
        while (!gone.get()) {
            sink.piece(" word".repeat(200), List.of());
            endlessPieces.incrementAndGet();
            Thread.yield();
        }
        sink.refused(new Refusal(Refusal.Code.CANCELLED, "The request was cancelled."));
    }

    private static Refusal notDeployed(String model) {
        return new Refusal(Refusal.Code.NOT_FOUND, "Model \"" + model + "\" is not deployed. Deployed are: m.", "model");
    }

    private static List<String> words(Prompt prompt) {
        return switch (prompt) {
            case Prompt.Text text -> List.of(text.text().split("(?= )"));
            case Prompt.Chat chat -> List.of(String.join(" ", chat.messages().stream().map(message -> message.content()).toList()).split("(?= )"));
            case Prompt.Tokens tokens -> {
                List<String> words = new ArrayList<>();
                for (int id : tokens.ids()) {
                    words.add((words.isEmpty() ? "t" : " t") + id);
                }
                yield words;
            }
        };
    }

    private static List<TokenLogprob> tokens(List<String> words, int from, int alternatives) {
        List<TokenLogprob> tokens = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            int place = from + i;
            double logprob = place == 0 ? Double.NaN : -place / 8.0;
            List<TokenLogprob> likeliest = alternatives < 1 || place == 0 ? List.of() : List.of(place % 2 == 0
                    ? new TokenLogprob(place, bytes(words.get(i)), logprob, List.of()) : new TokenLogprob(999, bytes("other"), logprob + 0.0625, List.of()));
            tokens.add(new TokenLogprob(place, bytes(words.get(i)), logprob, likeliest));
        }
        return tokens;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public CompletableFuture<Scores> score(Caller caller, String model, Prompt context, List<Prompt> continuations, long deadlineNanos) {
        if (!model.equals("m")) {
            return CompletableFuture.failedFuture(notDeployed(model));
        }
        int from = words(context).size();
        return CompletableFuture.supplyAsync(() -> new Scores("r1", from, continuations.stream().map(one -> tokens(words(one), from, 1)).toList()), threads);
    }

    /** The vector (3, 4) / 5 times the sign of an even or odd number of words. */
    @Override
    public CompletableFuture<Embedding> embed(Caller caller, String model, Prompt text, long deadlineNanos) {
        if (!model.equals("m")) {
            return CompletableFuture.failedFuture(notDeployed(model));
        }
        int words = words(text).size();
        float sign = words % 2 == 0 ? 1 : -1;
        return CompletableFuture.supplyAsync(() -> new Embedding("r1", words, new float[] {sign * 0.6f, sign * 0.8f}), threads);
    }

    @Override
    public List<ServedModel> models() {
        return List.of(ServedModel.newBuilder().setName("m").setRevision("r1").setBaseModel("tiny").setContextLength(64).setState("serving").build(),
                ServedModel.newBuilder().setName("endless").setRevision("r1").setContextLength(64).setState("serving").build());
    }

    @Override
    public void close() {
        threads.close();
    }
}

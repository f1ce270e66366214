package dev.hone.serving.answering;

import dev.hone.llm.engine.AnswerListener;
import dev.hone.llm.engine.Ask;
import dev.hone.llm.engine.Engine;
import dev.hone.llm.engine.EngineBusy;
import dev.hone.llm.engine.Ticket;
import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.serving.answer.Question;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.answer.ServingObserver;
import dev.hone.serving.answer.ServingObserver.Shadow;
import dev.hone.serving.models.AdapterCache;
import dev.hone.serving.registry.Lease;
import dev.hone.serving.registry.ModelRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of answered requests for a candidate, whose answers nobody sees. One at a time, after the user's answer has ended,
 * and only while the engine has room to spare: a copy is dropped as soon as somebody waits for what it takes.
 */
final class Shadows {
    private static final Logger LOG = LoggerFactory.getLogger(Shadows.class);
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final int COMPARED_TOKENS = 16;

    private final Engine engine;
    private final ModelRegistry registry;
    private final ServingObserver observer;
    private final Waiting waiting;
    private final Executor one;
    private final int mostRunning;

    /** @param one a thread with a bounded queue @param mostRunning answers beside which a copy may begin */
    Shadows(Engine engine, ModelRegistry registry, ServingObserver observer, Waiting waiting, Executor one, int mostRunning) {
        this.engine = engine;
        this.registry = registry;
        this.observer = observer;
        this.waiting = waiting;
        this.one = one;
        this.mostRunning = mostRunning;
    }

    /** @param revision that answered @param given its answer */
    void offer(Question question, String answerId, String revision, String given) {
        Optional<Lease> candidate = registry.shadow(question.model(), revision, answerId);
        if (candidate.isEmpty()) {
            return;
        }
        try {
            one.execute(() -> copy(question, candidate.get(), given));
        } catch (RejectedExecutionException e) {
            drop(candidate.get());
        }
    }

    private void drop(Lease lease) {
        try (lease) {
            tell(lease, Shadow.DROPPED, 0, Double.NaN);
        }
    }

    private void tell(Lease lease, Shadow outcome, long nanos, double agreement) {
        observer.shadowed(lease.revision().model(), lease.revision().label(), outcome, Duration.ofNanos(nanos), agreement);
        if (outcome != Shadow.DROPPED) {
            registry.answered(lease.revision().model(), lease.revision().label(), outcome == Shadow.FAILED);
        }
    }

    private boolean isCrowded() {
        return engine.status().waiting() > 0 || engine.status().running() > mostRunning;
    }

    private void copy(Question question, Lease lease, String given) {
        if (isCrowded()) {
            drop(lease);
            return;
        }
        long start = System.nanoTime();
        try (lease) {
            Optional<String> answer = answer(question, lease);
            double agreement = answer.map(text -> agreement(lease.model().tokenizer(), given, text)).orElse(Double.NaN);
            tell(lease, answer.isPresent() ? Shadow.ANSWERED : Shadow.DROPPED, System.nanoTime() - start, agreement);
        } catch (EngineBusy e) {
            tell(lease, Shadow.DROPPED, System.nanoTime() - start, Double.NaN);
        } catch (Refusal e) {
            tell(lease, Waiting.isFault(e) ? Shadow.FAILED : Shadow.DROPPED, System.nanoTime() - start, Double.NaN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | RuntimeException e) {
            LOG.warn("copy of a request failed model={} revision={} reason={}", lease.revision().model(), lease.revision().label(), e.toString());
            tell(lease, Shadow.FAILED, System.nanoTime() - start, Double.NaN);
        }
    }

    /** Nothing if it was given up. */
    private Optional<String> answer(Question question, Lease lease) throws Refusal, EngineBusy, InterruptedException, ExecutionException {
        int[] prompt = Prompts.tokens(question.prompt(), lease.model());
        long deadline = System.nanoTime() + LONGEST.toNanos();
        Optional<AdapterCache.Hold> adapter = adapter(lease, deadline);
        try {
            Copy copy = new Copy();
            copy.ticket = engine.ask(new Ask(lease.model(), adapter.map(AdapterCache.Hold::adapter), prompt, question.sampling(),
                    Prompts.constraint(question.format(), lease.model().tokenizer()), -1, false, deadline, question.caller().name()), copy);
            Completion completion = copy.await();
            boolean whole = completion.finish() == FinishReason.STOP || completion.finish() == FinishReason.LENGTH;
            return whole ? Optional.of(completion.text()) : Optional.empty();
        } finally {
            adapter.ifPresent(AdapterCache.Hold::close);
        }
    }

    private Optional<AdapterCache.Hold> adapter(Lease lease, long deadline) throws Refusal, InterruptedException {
        try {
            return waiting.adapter(lease, deadline).get();
        } catch (ExecutionException e) {
            throw Waiting.refusal(e.getCause(), lease, deadline);
        }
    }

    /** Share of the first tokens up to the first difference. */
    static double agreement(ChatTokenizer tokenizer, String given, String copy) {
        int[] a = tokenizer.encode(given);
        int[] b = tokenizer.encode(copy);
        int compared = Math.min(COMPARED_TOKENS, Math.max(a.length, b.length));
        int same = 0;
        while (same < compared && same < a.length && same < b.length && a[same] == b[same]) {
            same++;
        }
        return compared == 0 ? 1 : (double) same / compared;
    }

    private final class Copy implements AnswerListener {
        private final CompletableFuture<Completion> done = new CompletableFuture<>();
        private volatile Ticket ticket;

        @Override
        public void piece(String text, List<TokenLogprob> tokens) {
            Ticket own = ticket;
            if (own != null && engine.status().waiting() > 0) {
                own.cancel();
            }
        }

        @Override
        public void end(Completion completion) {
            done.complete(completion);
        }

        @Override
        public void failed(Throwable bug) {
            done.completeExceptionally(bug);
        }

        private Completion await() throws InterruptedException, ExecutionException {
            try {
                return done.get(2 * LONGEST.toSeconds(), TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                throw new IllegalStateException("the engine did not end an answer whose deadline has passed", e);
            }
        }
    }
}

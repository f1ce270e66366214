package dev.hone.serving.answering;

import dev.hone.llm.constrain.Constraint;
import dev.hone.llm.constrain.ConstraintException;
import dev.hone.llm.engine.AnswerListener;
import dev.hone.llm.engine.Ask;
import dev.hone.llm.engine.EngineBusy;
import dev.hone.llm.engine.Ticket;
import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.Completion;
import dev.hone.llm.text.ChatMessage;
import dev.hone.serving.answer.AnswerSink;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.answer.Question;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.feedback.AnswerMemory;
import dev.hone.serving.models.AdapterCache;
import dev.hone.serving.registry.Lease;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One answer by one revision, from its prompt's tokens to its end. Its lease ends with it, whatever happens. */
final class AnswerRun implements AnswerListener, Answers.InFlight {
    private static final Logger LOG = LoggerFactory.getLogger(AnswerRun.class);

    private final Question question;
    private final AnswerSink sink;
    private final Lease lease;
    private final AnswerDesk desk;
    private final String id;
    private final AtomicBoolean over = new AtomicBoolean();
    private boolean begun;
    /** Guarded by this, with what follows. */
    private boolean submitted;
    private boolean cancelled;
    private Ticket ticket;
    private Optional<AdapterCache.Hold> adapter = Optional.empty();

    AnswerRun(Question question, AnswerSink sink, Lease lease, AnswerDesk desk) {
        this.question = question;
        this.sink = sink;
        this.lease = lease;
        this.desk = desk;
        this.id = desk.ids().next(question.model(), lease.revision().label());
    }

    void start() {
        try {
            desk.prompts().execute(this::prepare);
        } catch (RejectedExecutionException e) {
            refuse(EngineAnswers.tooMany());
        }
    }

    private void prepare() {
        if (over.get()) {
            return;
        }
        try {
            requireTime();
            int[] prompt = Prompts.tokens(question.prompt(), lease.model());
            Optional<Constraint> constraint = Prompts.constraint(question.format(), lease.model().tokenizer());
            desk.waiting().adapter(lease, question.deadlineNanos()).whenComplete((hold, failure) -> {
                if (failure != null) {
                    refuseFor(Waiting.refusal(failure, lease, question.deadlineNanos()));
                } else if (keeps(hold)) {
                    submit(new Ask(lease.model(), hold.map(AdapterCache.Hold::adapter), prompt, question.sampling(), constraint,
                            question.logprobs(), question.echo(), question.deadlineNanos(), question.caller().name()));
                }
            });
        } catch (Refusal refusal) {
            refuse(refusal);
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    private void requireTime() throws Refusal {
        if (Waiting.isOver(question.deadlineNanos())) {
            throw Waiting.late();
        }
    }

    private void refuseFor(Refusal refusal) {
        if (Waiting.isFault(refusal)) {
            desk.registry().answered(question.model(), lease.revision().label(), true);
        }
        refuse(refusal);
    }

    /** Takes the adapter over unless the answer is given up already. */
    private synchronized boolean keeps(Optional<AdapterCache.Hold> hold) {
        if (over.get()) {
            hold.ifPresent(AdapterCache.Hold::close);
            return false;
        }
        adapter = hold;
        submitted = true;
        return true;
    }

    private void submit(Ask ask) {
        try {
            hold(desk.engine().ask(ask, this));
        } catch (EngineBusy e) {
            refuse(e.stopping() ? stopping() : EngineAnswers.tooMany());
        } catch (IllegalArgumentException e) {
            refuse(new Refusal(Refusal.Code.INVALID_ARGUMENT, e.getMessage()));
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    private synchronized void hold(Ticket given) {
        ticket = given;
        if (cancelled) {
            given.cancel();
        }
    }

    @Override
    public void cancel() {
        synchronized (this) {
            cancelled = true;
            if (submitted) {
                if (ticket != null) {
                    ticket.cancel();
                }
                return;
            }
        }
        refuse(asCancelled());
    }

    private static Refusal asCancelled() {
        return new Refusal(Refusal.Code.CANCELLED, "The request was cancelled.");
    }

    private static Refusal stopping() {
        return new Refusal(Refusal.Code.UNAVAILABLE, "This replica is stopping. Ask again: another one answers.");
    }

    @Override
    public void admitted() {
        sink.admitted();
    }

    @Override
    public void prompt(List<TokenLogprob> tokens) {
        begin();
        sink.prompt(tokens);
    }

    @Override
    public void piece(String text, List<TokenLogprob> tokens) {
        begin();
        sink.piece(text, tokens);
    }

    private void begin() {
        if (!begun) {
            begun = true;
            sink.begin(id, question.model(), lease.revision().label());
        }
    }

    @Override
    public void end(Completion completion) {
        switch (completion.finish()) {
            case STOP, LENGTH -> complete(completion);
            case DEADLINE -> refuse(Waiting.late());
            case CANCELLED -> refuse(isCancelled() ? asCancelled() : stopping());
        }
    }

    private synchronized boolean isCancelled() {
        return cancelled;
    }

    /** The answer can be spoken of before its end is told: feedback may follow at once. */
    private void complete(Completion completion) {
        if (!over.compareAndSet(false, true)) {
            return;
        }
        try {
            begin();
            List<ChatMessage> messages = Prompts.messages(question.prompt(), lease.model().tokenizer());
            desk.memory().remember(new AnswerMemory.Answer(id, messages, completion.text()));
            sink.end(completion.finish(), completion.promptTokens(), completion.completionTokens());
            desk.registry().answered(question.model(), lease.revision().label(), false);
            desk.log().write(new AnswerLog.Entry(id, question.model(), lease.revision().label(), question.caller().name(), messages, completion.text(),
                    completion.finish().name().toLowerCase(Locale.ROOT), completion.promptTokens(), completion.completionTokens()));
        } finally {
            release();
        }
        desk.shadows().offer(question, id, lease.revision().label(), completion.text());
    }

    @Override
    public void failed(Throwable bug) {
        if (bug instanceof ConstraintException asked) {
            refuse(new Refusal(Refusal.Code.INVALID_ARGUMENT, asked.getMessage(), "response_format"));
            return;
        }
        LOG.error("answer failed model={} revision={} answerId={}", question.model(), lease.revision().label(), id, bug);
        desk.registry().answered(question.model(), lease.revision().label(), true);
        refuse(new Refusal(Refusal.Code.INTERNAL, "The answer failed because of a bug; the service's log names it under answer " + id + "."));
    }

    private void refuse(Refusal refusal) {
        if (over.compareAndSet(false, true)) {
            try {
                sink.refused(refusal);
            } finally {
                release();
            }
        }
    }

    private void release() {
        Optional<AdapterCache.Hold> held;
        synchronized (this) {
            held = adapter;
            adapter = Optional.empty();
        }
        held.ifPresent(AdapterCache.Hold::close);
        lease.close();
    }
}

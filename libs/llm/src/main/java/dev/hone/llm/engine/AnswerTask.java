package dev.hone.llm.engine;

import dev.hone.llm.constrain.Constraint;
import dev.hone.llm.generate.AnswerText;
import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.TokenSampler;
import java.util.BitSet;
import java.util.List;

/** Makes an answer, token by token. */
final class AnswerTask implements Task {
    /** What the last step made. */
    private sealed interface Made {
        record Nothing() implements Made {}

        /** @param ends with a stop string or because nothing more may follow */
        record Token(int id, String piece, List<TokenLogprob> told, boolean ends) implements Made {}

        record End() implements Made {}
    }

    private static final Made NOTHING = new Made.Nothing();

    private final Sequence sequence;
    private final Ask ask;
    private final int most;
    private final TokenTeller teller;
    private final Mailbox mailbox;
    private final Clock clock;
    private final TokenSampler sampler;
    private final AnswerText text;
    private final Constraint.State constraintOrNull;
    private final PromptEcho echo;
    private int made;
    private Made last = NOTHING;
    private volatile Throwable bug;

    AnswerTask(Sequence sequence, Ask ask, Mailbox mailbox, Clock clock) {
        HostedModel model = (HostedModel) ask.model();
        this.sequence = sequence;
        this.ask = ask;
        this.most = Math.min(ask.sampling().maxTokens(), model.contextLength() - ask.prompt().length);
        this.teller = new TokenTeller(model.tokenBytes(), Math.max(0, ask.logprobs()));
        this.mailbox = mailbox;
        this.clock = clock;
        this.sampler = new TokenSampler(ask.sampling(), ask.prompt());
        this.text = new AnswerText(model.tokenizer().streamDecoder(), ask.sampling().stop());
        this.constraintOrNull = ask.constraint().map(Constraint::start).orElse(null);
        this.echo = new PromptEcho(ask.prompt(), teller, ask.echo());
    }

    @Override
    public int firstWanted() {
        return Math.min(echo.firstWanted(), sequence.length() - 1);
    }

    @Override
    public void admitted() {
        mailbox.post(AnswerListener::admitted);
    }

    @Override
    public void logits(int position, float[] logits) {
        try {
            echo.logits(position, logits);
            if (position == sequence.length() - 1 && made < most) {
                last = choose(logits);
            }
        } catch (RuntimeException | Error e) {
            bug = e;
        }
    }

    private Made choose(float[] logits) {
        BitSet allowed = constraintOrNull == null ? null : constraintOrNull.allowed();
        int token = sampler.next(logits, allowed);
        if (((HostedModel) ask.model()).tokenizer().endTokens().contains(token)) {
            return new Made.End();
        }
        List<TokenLogprob> told = ask.logprobs() < 0 ? List.of() : List.of(teller.of(token, logits));
        String piece = text.accept(token);
        return new Made.Token(token, piece, told, text.stopped() || accepted(token));
    }

    /** Whether the constraint lets nothing follow the token. */
    private boolean accepted(int token) {
        if (constraintOrNull == null) {
            return false;
        }
        constraintOrNull.accept(token);
        return constraintOrNull.complete();
    }

    @Override
    public Verdict stepped(int computed) {
        if (bug != null) {
            return new Verdict.Failed(bug);
        }
        echo.stepped(computed).ifPresent(tokens -> mailbox.post(listener -> listener.prompt(tokens)));
        Made now = last;
        last = NOTHING;
        return switch (now) {
            case Made.Nothing() -> most == 0 && computed == sequence.length() ? new Verdict.Done(FinishReason.LENGTH) : Verdict.GO_ON;
            case Made.Token token -> took(token);
            case Made.End() -> {
                counted();
                yield new Verdict.Done(FinishReason.STOP);
            }
        };
    }

    private Verdict took(Made.Token token) {
        counted();
        sequence.append(token.id());
        if (!token.piece().isEmpty() || !token.told().isEmpty()) {
            mailbox.post(listener -> listener.piece(token.piece(), token.told()));
        }
        if (token.ends()) {
            return new Verdict.Done(FinishReason.STOP);
        }
        return made == most ? new Verdict.Done(FinishReason.LENGTH) : Verdict.GO_ON;
    }

    private void counted() {
        made++;
        clock.token(made == 1);
    }

    @Override
    public void end(FinishReason reason) {
        boolean stopped = text.stopped();
        String rest = text.finish();
        FinishReason finish = !stopped && text.stopped() ? FinishReason.STOP : reason;
        Completion completion = new Completion(text.all(), finish, ask.prompt().length, made);
        mailbox.last(listener -> {
            if (!rest.isEmpty()) {
                listener.piece(rest, List.of());
            }
            listener.end(completion);
        });
    }

    @Override
    public void fail(Throwable bug) {
        mailbox.last(listener -> listener.failed(bug));
    }

    /** Told of each token made. */
    interface Clock {
        void token(boolean first);
    }
}

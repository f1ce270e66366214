package dev.hone.llm.engine;

import dev.hone.llm.generate.FinishReason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Log-probabilities of one continuation after a context. The first continuation reads the context; once that is done the
 * others follow, and find its blocks.
 */
final class ScoreTask implements Task {
    /** All continuations of one request. Confined to the engine's thread, but for the cells, each filled once. */
    static final class Group {
        private final int[] context;
        private final List<int[]> continuations;
        private final TokenTeller teller;
        private final Request request;
        private final Outcome<List<List<TokenLogprob>>> outcome;
        private final TokenLogprob[][] cells;
        private List<Sequence> followers;
        private int open;

        Group(int[] context, List<int[]> continuations, TokenTeller teller, Request request, Outcome<List<List<TokenLogprob>>> outcome) {
            this.context = context;
            this.continuations = continuations;
            this.teller = teller;
            this.request = request;
            this.outcome = outcome;
            this.cells = continuations.stream().map(tokens -> new TokenLogprob[tokens.length]).toArray(TokenLogprob[][]::new);
        }

        /** The sequence to begin with: of the first continuation that has tokens; there must be one. */
        Sequence first() {
            List<Sequence> all = new ArrayList<>();
            for (int i = 0; i < continuations.size(); i++) {
                if (continuations.get(i).length > 0) {
                    all.add(sequence(i));
                }
            }
            open = all.size();
            followers = all.subList(1, all.size());
            return all.getFirst();
        }

        /** The last token's own successor is nobody's to know, so it is not read. */
        private Sequence sequence(int i) {
            int[] continuation = continuations.get(i);
            int[] tokens = Arrays.copyOf(context, context.length + continuation.length - 1);
            System.arraycopy(continuation, 0, tokens, context.length, continuation.length - 1);
            return new Sequence(request, i, tokens).with(new ScoreTask(this, i, tokens.length));
        }

        private void done() {
            if (--open == 0) {
                outcome.complete(Arrays.stream(cells).map(List::of).toList());
            }
        }
    }

    private final Group group;
    private final int index;
    private final int length;
    private int read;
    private volatile Throwable bug;

    private ScoreTask(Group group, int index, int length) {
        this.group = group;
        this.index = index;
        this.length = length;
        this.read = group.context.length - 1;
    }

    @Override
    public int firstWanted() {
        return read;
    }

    @Override
    public void logits(int position, float[] logits) {
        int at = position - group.context.length + 1;
        if (at < 0 || group.cells[index][at] != null) {
            return;
        }
        try {
            group.cells[index][at] = group.teller.of(group.continuations.get(index)[at], logits);
        } catch (RuntimeException | Error e) {
            bug = e;
        }
    }

    @Override
    public Verdict stepped(int computed) {
        if (bug != null) {
            return new Verdict.Failed(bug);
        }
        read = Math.max(read, computed);
        return read < length ? Verdict.GO_ON : new Verdict.Done(FinishReason.STOP);
    }

    @Override
    public List<Sequence> followers(int computed) {
        if (group.followers.isEmpty() || computed < group.context.length - 1) {
            return List.of();
        }
        List<Sequence> begin = group.followers;
        group.followers = List.of();
        return begin;
    }

    @Override
    public void end(FinishReason reason) {
        if (reason == FinishReason.STOP) {
            group.done();
        } else {
            group.outcome.end(reason);
            abandon();
        }
    }

    @Override
    public void fail(Throwable bug) {
        group.outcome.fail(bug);
        abandon();
    }

    /** The others are of no use to anybody. */
    private void abandon() {
        group.followers = List.of();
        group.request.cancel();
    }
}

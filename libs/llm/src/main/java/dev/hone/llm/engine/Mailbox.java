package dev.hone.llm.engine;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one listener is to be told, in order, by other threads than those that compute: a slow listener delays nobody, and
 * one that throws loses its own answer only.
 */
final class Mailbox {
    private static final Logger log = LoggerFactory.getLogger(Mailbox.class);

    private final AnswerListener listener;
    private final Executor carriers;
    private final Runnable onBroken;
    private final Runnable onEnd;
    private final ArrayDeque<Consumer<AnswerListener>> letters = new ArrayDeque<>();
    private boolean delivering;
    private boolean broken;

    /**
     * @param onBroken called once if the listener throws; it is told nothing more
     * @param onEnd    called once, after the last letter, whether or not it could be delivered
     */
    Mailbox(AnswerListener listener, Executor carriers, Runnable onBroken, Runnable onEnd) {
        this.listener = listener;
        this.carriers = carriers;
        this.onBroken = onBroken;
        this.onEnd = onEnd;
    }

    void post(Consumer<AnswerListener> letter) {
        enqueue(to -> tell(letter));
    }

    void last(Consumer<AnswerListener> letter) {
        enqueue(to -> {
            tell(letter);
            onEnd.run();
        });
    }

    private synchronized void enqueue(Consumer<AnswerListener> letter) {
        letters.add(letter);
        if (!delivering) {
            delivering = true;
            carriers.execute(this::deliver);
        }
    }

    private void deliver() {
        for (Consumer<AnswerListener> letter = next(); letter != null; letter = next()) {
            letter.accept(listener);
        }
    }

    private synchronized Consumer<AnswerListener> next() {
        Consumer<AnswerListener> letter = letters.poll();
        delivering = letter != null;
        return letter;
    }

    /** Called by one thread at a time. */
    private void tell(Consumer<AnswerListener> letter) {
        if (broken) {
            return;
        }
        try {
            letter.accept(listener);
        } catch (RuntimeException | Error e) {
            broken = true;
            log.warn("A listener failed, its answer ends: {}", e.getClass().getName());
            onBroken.run();
        }
    }
}

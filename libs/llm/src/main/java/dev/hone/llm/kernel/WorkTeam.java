package dev.hone.llm.kernel;

import java.util.function.IntConsumer;

/** A few threads that work through the parts of one task together; the caller is one of them. */
public interface WorkTeam extends AutoCloseable {
    int threads();

    /** Runs parts 0 to {@code parts} - 1, each once, in no order, and returns when all are done. Not to be nested. */
    void run(int parts, IntConsumer part);

    @Override
    void close();

    /** A team of so many threads, the caller among them; one caller at a time. */
    static WorkTeam of(int threads) {
        return threads == 1 ? alone() : new SpinningTeam(threads);
    }

    /** The caller alone. */
    static WorkTeam alone() {
        return new WorkTeam() {
            @Override
            public int threads() {
                return 1;
            }

            @Override
            public void run(int parts, IntConsumer part) {
                for (int i = 0; i < parts; i++) {
                    part.accept(i);
                }
            }

            @Override
            public void close() {}
        };
    }
}

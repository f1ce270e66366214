package dev.hone.cli.work;

import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/** Ctrl-C or SIGTERM as something that a long loop can look at: the process ends only once the loop has let go. */
public final class StopSignal implements BooleanSupplier, AutoCloseable {
    private final CountDownLatch released = new CountDownLatch(1);
    private final Runnable onStop;
    private final Thread hook = new Thread(this::stop, "stop");
    private volatile boolean requested;

    private StopSignal(Runnable onStop) {
        this.onStop = onStop;
    }

    /** @param onStop called once when the signal comes, on another thread */
    public static StopSignal listen(Runnable onStop) {
        StopSignal signal = new StopSignal(onStop);
        Runtime.getRuntime().addShutdownHook(signal.hook);
        return signal;
    }

    /** An exit while native code computes crashes the process, so this waits. */
    private void stop() {
        if (released.getCount() == 0) {
            return;
        }
        requested = true;
        onStop.run();
        try {
            released.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean getAsBoolean() {
        return requested;
    }

    @Override
    public void close() {
        released.countDown();
    }
}

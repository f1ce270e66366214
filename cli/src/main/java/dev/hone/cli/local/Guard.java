package dev.hone.cli.local;

import java.io.IOException;
import java.io.OutputStream;

/**
 * A Java agent that ends its process when the parent is gone. A parent that is killed cannot stop its children, but the
 * pipe it held to their standard input closes. As an agent it needs nothing of the program it guards.
 */
final class Guard {
    /** How long an orderly end may take before it is enforced; a Job's last checkpoint fits in. */
    private static final long LAST_RESORT_MILLIS = 120_000;

    private Guard() {}

    /** @param lingerSeconds how long to stay for those that still need this process to end well */
    public static void premain(String lingerSeconds) {
        long linger = lingerSeconds == null || lingerSeconds.isEmpty() ? 0 : Long.parseLong(lingerSeconds) * 1000;
        daemon("parent-guard", () -> endWithParent(linger));
    }

    private static void endWithParent(long lingerMillis) {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // A broken pipe says the same as a closed one.
        }
        pause(lingerMillis);
        daemon("parent-guard-last-resort", () -> {
            pause(LAST_RESORT_MILLIS);
            Runtime.getRuntime().halt(1);
        });
        System.exit(0);
    }

    private static void daemon(String name, Runnable body) {
        Thread.ofPlatform().daemon().name(name).start(body);
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

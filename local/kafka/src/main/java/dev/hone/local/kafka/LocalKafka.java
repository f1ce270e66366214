package dev.hone.local.kafka;

import java.io.IOException;

/**
 * Runs one KRaft broker until it is told to stop.
 *
 * <p>Prints {@code READY kafka 127.0.0.1:PORT} on standard output when clients can connect. SIGTERM stops it cleanly; after
 * {@code kill -9} the next start recovers records and offsets from the folder. Exit codes: 0 stopped, 64 wrong arguments,
 * 70 could not start.
 */
public final class LocalKafka {

    private LocalKafka() {}

    public static void main(String[] args) {
        try {
            run(Options.parse(args));
        } catch (IllegalArgumentException e) {
            exit(64, e);
        } catch (Exception e) {
            exit(70, e);
        }
    }

    private static void run(Options options) throws Exception {
        Broker broker = Broker.start(options);
        Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "stop"));
        if (options.dieWithParent()) {
            Thread.ofPlatform().daemon().name("parent").start(LocalKafka::exitWithParent);
        }
        System.out.println("READY kafka 127.0.0.1:" + options.port());
        broker.awaitEnd();
    }

    /** A parent that is killed cannot stop its children, but the pipe it held closes. */
    private static void exitWithParent() {
        try {
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException e) {
            // A broken pipe says the same as a closed one.
        }
        System.exit(0);
    }

    private static void exit(int code, Exception reason) {
        System.err.println("kafka: " + reason.getMessage());
        Runtime.getRuntime().halt(code);
    }
}

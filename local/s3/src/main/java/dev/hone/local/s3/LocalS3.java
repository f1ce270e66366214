package dev.hone.local.s3;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/**
 * Serves a folder as S3 until it is told to stop.
 *
 * <p>Prints {@code READY s3 127.0.0.1:PORT} on standard output when clients can connect. Exit codes: 0 stopped, 64 wrong
 * arguments, 70 could not start.
 */
public final class LocalS3 {

    /** A signed upload that is not chunked is held in memory to check its signature; parts of 64 MiB are the most we take. */
    private static final long MAX_BUFFERED_UPLOAD_BYTES = 64L << 20;

    private LocalS3() {}

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
        Files.createDirectories(options.dir().resolve(options.bucket()));
        S3Proxy server = listening(options)
                .blobStore(new FilesystemNio2BlobStore(options.dir().toString()))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, options.accessKey(), options.secretKey())
                .v4MaxNonChunkedRequestSize(MAX_BUFFERED_UPLOAD_BYTES)
                .ignoreUnknownHeaders(true)
                .build();
        server.start();
        while (!"STARTED".equals(server.getState())) {
            Thread.sleep(1);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "stop"));
        if (options.dieWithParent()) {
            Thread.ofPlatform().daemon().name("parent").start(LocalS3::exitWithParent);
        }
        System.out.println("READY s3 127.0.0.1:" + options.port());
        Thread.currentThread().join();
    }

    private static S3Proxy.Builder listening(Options options) {
        String place = "://127.0.0.1:" + options.port();
        return options.keyStore().map(store -> S3Proxy.builder().secureEndpoint(URI.create("https" + place)).keyStore(store.toString(), options.keyStorePassword()))
                .orElseGet(() -> S3Proxy.builder().endpoint(URI.create("http" + place)));
    }

    private static void stop(S3Proxy server) {
        try {
            server.stop();
        } catch (Exception e) {
            System.err.println("s3: did not stop cleanly: " + e.getMessage());
        }
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
        System.err.println("s3: " + reason.getMessage());
        Runtime.getRuntime().halt(code);
    }
}

package dev.hone.local.s3;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The command line.
 *
 * @param dir the folder; a bucket is a folder in it and an object a file
 * @param port TCP port on 127.0.0.1
 * @param accessKey the only identity that may read or write
 * @param secretKey its secret
 * @param bucket created when it is not there
 * @param keyStore PKCS#12 of the certificate, for https; absent: http
 * @param keyStorePassword of the store and its key
 * @param dieWithParent end when standard input closes
 */
record Options(Path dir, int port, String accessKey, String secretKey, String bucket, Optional<Path> keyStore, String keyStorePassword, boolean dieWithParent) {

    static final String USAGE =
            "Usage: LocalS3 --dir DIR --port PORT --access-key KEY --secret-key SECRET [--bucket hone] [--keystore FILE --keystore-password PASSWORD] [--die-with-parent]";

    private static final Set<String> WITH_VALUE = Set.of("--dir", "--port", "--access-key", "--secret-key", "--bucket", "--keystore", "--keystore-password");

    Options {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("Expected a --port from 1 to 65535, found " + port + ". " + USAGE);
        }
    }

    static Options parse(String... args) {
        Map<String, String> values = new HashMap<>(Map.of("--bucket", "hone"));
        boolean dieWithParent = false;
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--die-with-parent")) {
                dieWithParent = true;
            } else if (WITH_VALUE.contains(args[i]) && i + 1 < args.length) {
                values.put(args[i], args[++i]);
            } else {
                throw new IllegalArgumentException("Could not read " + Arrays.toString(args) + " at " + args[i] + ". " + USAGE);
            }
        }
        return new Options(Path.of(given("--dir", values)), number("--port", values), given("--access-key", values),
                given("--secret-key", values), given("--bucket", values), Optional.ofNullable(values.get("--keystore")).map(Path::of),
                values.getOrDefault("--keystore-password", ""), dieWithParent);
    }

    private static String given(String option, Map<String, String> values) {
        String value = values.get(option);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("Expected " + option + ", found none. " + USAGE);
        }
        return value;
    }

    private static int number(String option, Map<String, String> values) {
        String value = given(option, values);
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("Expected a number after " + option + ", found '" + value + "'. " + USAGE, e);
        }
    }
}

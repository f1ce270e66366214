package dev.hone.llm.train;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a checkpoint belongs to: the recipe, what learns rounded, the rows and the base model. Of the base's weights the files' sizes count and not
 * their bytes, which may take minutes to read.
 */
final class Fingerprint {
    private final MessageDigest digest;

    private Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }

    /** @return a SHA-256 in hexadecimal */
    static String of(FineTuneSpec spec, String tokenizerSha256) throws IOException {
        Fingerprint fingerprint = new Fingerprint();
        fingerprint.add(spec.recipe().toString()).add(tokenizerSha256).add(spec.trainRows());
        if (spec.validationRows() != null) {
            fingerprint.add(spec.validationRows());
        }
        if (!spec.fakeQuantization().isNone()) {
            fingerprint.add(spec.fakeQuantization().toString());
        }
        fingerprint.add(spec.baseModel().resolve("config.json"));
        for (Path weights : weights(spec.baseModel())) {
            fingerprint.add(weights.getFileName() + " " + Files.size(weights));
        }
        return HexFormat.of().formatHex(fingerprint.digest.digest());
    }

    private static List<Path> weights(Path base) throws IOException {
        try (Stream<Path> files = Files.list(base)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".safetensors")).sorted().toList();
        }
    }

    /** Ended by a byte that no text holds, so that two texts never read as one. */
    private Fingerprint add(String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0xFF);
        return this;
    }

    private Fingerprint add(Path file) throws IOException {
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return add(" " + Files.size(file));
    }
}

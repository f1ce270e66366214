package dev.hone.images;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.zip.ZipFile;

/**
 * What a service computes on.
 *
 * @param flavor DJL's word: {@code cpu}, {@code cu128}; {@code none} of a service that carries no libtorch
 */
record Engine(String flavor) {
    static final Engine NONE = new Engine("none");

    static Engine of(Collection<Path> files) {
        Optional<Path> jar = files.stream().filter(NativeJars.ENGINE::is).findFirst();
        if (jar.isEmpty()) {
            return NONE;
        }
        try (ZipFile zip = new ZipFile(jar.get().toFile())) {
            return new Engine(NativeJars.flavor(zip));
        } catch (IOException e) {
            throw new ImageException("Cannot read " + jar.get() + ": " + e.getMessage());
        }
    }

    boolean isThere() {
        return !equals(NONE);
    }

    boolean isCuda() {
        return flavor.startsWith("cu");
    }

    /** @throws ImageException if CUDA was asked for and the service was packaged for the CPU, or the other way round */
    void check(String name, boolean cuda) {
        if (isThere() && isCuda() != cuda) {
            throw new ImageException("Expected " + name + " packaged for " + (cuda ? "CUDA" : "the CPU") + ", found libtorch for " + flavor + ". Package it " + (cuda ? "with the Maven profile cuda: images/build.sh --cuda does." : "without the Maven profile cuda."));
        }
    }
}

package dev.hone.images;

import com.google.cloud.tools.jib.api.DockerDaemonImage;
import com.google.cloud.tools.jib.api.ImageReference;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.RegistryImage;
import com.google.cloud.tools.jib.api.TarImage;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the images stand on: a Java runtime and the C and C++ libraries. */
final class Base {
    static final String SCRATCH = "scratch";

    private Base() {}

    /** @param name of an image in a registry, {@code docker://} and one of the local daemon, {@code tar://} and a file, or {@code scratch} */
    static JibContainerBuilder builder(String name) {
        try {
            if (name.equals(SCRATCH)) {
                return Jib.fromScratch();
            }
            if (name.startsWith(Jib.TAR_IMAGE_PREFIX)) {
                return Jib.from(TarImage.at(existing(Path.of(name.substring(Jib.TAR_IMAGE_PREFIX.length())))));
            }
            if (name.startsWith(Jib.DOCKER_DAEMON_IMAGE_PREFIX)) {
                return Jib.from(DockerDaemonImage.named(name.substring(Jib.DOCKER_DAEMON_IMAGE_PREFIX.length())));
            }
            ImageReference reference = ImageReference.parse(name);
            return Jib.from(RegistryCredentials.of(RegistryImage.named(reference), reference));
        } catch (InvalidImageReferenceException e) {
            throw new ImageException("Expected the name of a base image, tar:// and a file, docker:// and a name, or scratch; found " + name + ".");
        }
    }

    private static Path existing(Path tar) {
        if (!Files.isRegularFile(tar)) {
            throw new ImageException("Expected a base image in the file " + tar.toAbsolutePath() + ", found none.");
        }
        return tar;
    }
}

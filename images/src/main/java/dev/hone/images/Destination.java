package dev.hone.images;

import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.DockerDaemonImage;
import com.google.cloud.tools.jib.api.ImageReference;
import com.google.cloud.tools.jib.api.RegistryImage;
import com.google.cloud.tools.jib.api.TarImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a built image goes. */
sealed interface Destination {
    Containerizer containerizer(String service, ImageReference image);

    /** A file {@code <service>.tar} in the folder, in the form that {@code docker load} and {@code ctr image import} read. */
    record Folder(Path path) implements Destination {
        @Override
        public Containerizer containerizer(String service, ImageReference image) {
            try {
                Files.createDirectories(path);
            } catch (IOException e) {
                throw new ImageException("Cannot make the folder " + path.toAbsolutePath() + " for images: " + e.getMessage());
            }
            return Containerizer.to(TarImage.at(path.resolve(service + ".tar")).named(image));
        }
    }

    /** The daemon of this machine, by its command {@code docker}. */
    record Daemon() implements Destination {
        @Override
        public Containerizer containerizer(String service, ImageReference image) {
            return Containerizer.to(DockerDaemonImage.named(image));
        }
    }

    /** @param insecure a registry without TLS, or with a certificate that nobody vouches for, is taken, too */
    record Registry(boolean insecure) implements Destination {
        @Override
        public Containerizer containerizer(String service, ImageReference image) {
            return Containerizer.to(RegistryCredentials.of(RegistryImage.named(image), image)).setAllowInsecureRegistries(insecure);
        }
    }
}

package dev.hone.images;

import com.google.cloud.tools.jib.api.ImageReference;
import com.google.cloud.tools.jib.api.RegistryImage;
import com.google.cloud.tools.jib.frontend.CredentialRetrieverFactory;

/** Who we are to a registry: what {@code docker login} left, or a credential helper that is on the path. */
final class RegistryCredentials {
    private RegistryCredentials() {}

    static RegistryImage of(RegistryImage image, ImageReference reference) {
        CredentialRetrieverFactory known = CredentialRetrieverFactory.forImage(reference, event -> {});
        return image.addCredentialRetriever(known.dockerConfig()).addCredentialRetriever(known.wellKnownCredentialHelpers());
    }
}

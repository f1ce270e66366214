package dev.hone.cli.home;

import dev.hone.cli.console.Failure;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options by which a command says which stack it means. */
public final class HomeOption {
    private static final String IN_THE_CLUSTER = "http://ingest:8081,http://serving:8085";

    @Option(names = "--home", paramLabel = "FOLDER", defaultValue = "${env:HONE_HOME}",
            description = "Where the stack keeps its data. Default: .hone in the checkout, or HONE_HOME.")
    private Path folder;

    @Option(names = "--cluster", arity = "0..1", paramLabel = "INGEST,SERVING", fallbackValue = IN_THE_CLUSTER,
            description = "A stack on Kubernetes instead: ingest and serving at these URLs (default: their names in the cluster), broker and store by "
                    + "KAFKA_BOOTSTRAP_SERVERS, HONE_STORE_ENDPOINT and so on, as the services have them.")
    private Optional<String> cluster = Optional.empty();

    public Home home() {
        Path checkout = Home.defaultCheckout();
        return new Home(checkout, folder == null || folder.toString().isEmpty() ? checkout.resolve(".hone") : folder);
    }

    /** What runs there. */
    public Endpoints endpoints() {
        return onCluster().orElseGet(() -> Endpoints.require(home()));
    }

    /** The cluster's stack, if that is meant. */
    public Optional<Endpoints> onCluster() {
        return cluster.map(urls -> onCluster(urls, System.getenv()));
    }

    static Endpoints onCluster(String urls, Map<String, String> environment) {
        String[] both = urls.split(",");
        if (both.length != 2) {
            throw new Failure("Expected --cluster with two URLs, of ingest and of serving, such as " + IN_THE_CLUSTER + "; found \"" + urls + "\".");
        }
        Endpoints endpoints = Endpoints.ofCluster(Map.of("ingest", url(both[0]), "serving", url(both[1])), environment);
        requireTrustedKeys(endpoints);
        return endpoints;
    }

    private static void requireTrustedKeys(Endpoints endpoints) {
        endpoints.store().config().signing().trustedFile().filter(Files::notExists).ifPresent(file -> {
            throw new Failure("Expected trusted public keys in " + file + " (HONE_SIGNING_TRUSTED_FILE), found nothing there."
                    + " Mount the list there, or leave the variable out where nothing is signed.");
        });
    }

    private static URI url(String text) {
        try {
            URI url = URI.create(text.strip());
            if ("http".equals(url.getScheme()) && url.getHost() != null && url.getPort() > 0) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            throw new Failure("Expected a URL such as http://ingest:8081, found \"" + text + "\": " + e.getMessage(), e);
        }
        throw new Failure("Expected a URL with a host and a port, such as http://ingest:8081, found \"" + text + "\".");
    }
}

package dev.hone.cli.home;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option by which a command says which stack it means. */
public final class HomeOption {
    @Option(names = "--home", paramLabel = "FOLDER", defaultValue = "${env:HONE_HOME}",
            description = "Where the stack keeps its data. Default: .hone in the checkout, or HONE_HOME.")
    private Path folder;

    public Home home() {
        Path checkout = Home.defaultCheckout();
        return new Home(checkout, folder == null || folder.toString().isEmpty() ? checkout.resolve(".hone") : folder);
    }

    /** What runs there. */
    public Endpoints endpoints() {
        return Endpoints.require(home());
    }
}

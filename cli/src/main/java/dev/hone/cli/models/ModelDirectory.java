package dev.hone.cli.models;

import dev.hone.cli.console.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A model that lies on this machine, by its directory or by the name of one that Hone ships. */
public final class ModelDirectory {
    private ModelDirectory() {}

    /** A directory with {@code config.json}: the one named, or the one of this name in the checkout's {@code models}. */
    public static Optional<Path> find(Path checkout, String nameOrDirectory) {
        return List.of(Path.of(nameOrDirectory), checkout.resolve("models").resolve(nameOrDirectory)).stream()
                .filter(directory -> Files.isRegularFile(directory.resolve("config.json"))).findFirst();
    }

    /** @throws Failure naming what was looked for */
    public static Path require(Path checkout, String nameOrDirectory) {
        return find(checkout, nameOrDirectory).orElseThrow(() -> new Failure("Expected a model's directory with config.json, or hone-nano, found \"" + nameOrDirectory
                + "\", which is neither. Nothing is downloaded: fetch the model's files first and name their directory."));
    }
}

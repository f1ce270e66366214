package dev.hone.architecture;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/** One Maven module, named by its folder: {@code services/ingest}. */
record Module(String path, Path directory, Pom pom) {

    static Module at(Path root, String path) {
        Path directory = root.resolve(path);
        return new Module(path, directory, Pom.read(directory.resolve("pom.xml")));
    }

    boolean isService() {
        return path.startsWith("services/");
    }

    boolean isLibrary() {
        return path.startsWith("libs/");
    }

    /** {@code ingest} of {@code services/ingest}. */
    String name() {
        return directory.getFileName().toString();
    }

    List<Path> mainSources() {
        return Repository.filesBelow(directory.resolve("src/main/java"), ".java");
    }

    /** The folder of compiled classes, where there is one. */
    List<Path> compiled() {
        Path classes = directory.resolve("target/classes");
        return Files.isDirectory(classes) && !mainSources().isEmpty() ? List.of(classes) : List.of();
    }

    /** The service's configuration, empty when it has none. */
    Properties applicationProperties() {
        Properties properties = new Properties();
        Path file = directory.resolve("src/main/resources/application.properties");
        if (Files.exists(file)) {
            try (Reader reader = Files.newBufferedReader(file)) {
                properties.load(reader);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return properties;
    }

    @Override
    public String toString() {
        return path;
    }
}

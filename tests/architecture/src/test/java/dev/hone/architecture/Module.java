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

    /** The folder of compiled classes, or none for a module without Java of its own. */
    List<Path> compiled() {
        Path classes = directory.resolve("target/classes");
        if (mainSources().isEmpty()) {
            return List.of();
        }
        if (!Files.isDirectory(classes)) {
            throw new AssertionError("Expected compiled classes in " + path + "/target/classes, found none. Build it first: mvn -pl " + path + " -am compile");
        }
        return List.of(classes);
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

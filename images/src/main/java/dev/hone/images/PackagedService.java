package dev.hone.images;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * A service as Quarkus packaged it: quarkus-run.jar, app/, quarkus/, and the jars of lib/.
 *
 * @param folder its target/quarkus-app
 * @param port on which it listens
 */
record PackagedService(String name, Path folder, int port) {
    static final List<String> NAMES = List.of("ingest", "trainer", "quantizer", "evaluator", "serving");

    PackagedService {
        if (!Files.isRegularFile(folder.resolve("quarkus-run.jar"))) {
            throw new ImageException("Expected the packaged service " + name + ", found no quarkus-run.jar in " + folder + ". Package it first: images/build.sh does, and so does ./hone build.");
        }
    }

    /** @param checkout the project's folder */
    static PackagedService of(Path checkout, String name) {
        Path module = checkout.resolve("services").resolve(name);
        return new PackagedService(name, module.resolve("target/quarkus-app"), port(module.resolve("src/main/resources/application.properties")));
    }

    private static int port(Path properties) {
        Properties all = new Properties();
        try (Reader reader = Files.newBufferedReader(properties)) {
            all.load(reader);
        } catch (IOException e) {
            throw new ImageException("Cannot read the service's configuration " + properties + ": " + e.getMessage());
        }
        return Integer.parseInt(all.getProperty("quarkus.http.port", "8080"));
    }

    /** All of its files in the order of their paths, without what Quarkus leaves for other tools. */
    List<Path> files() {
        try (Stream<Path> found = Files.walk(folder)) {
            return found.filter(Files::isRegularFile).filter(file -> !file.getFileName().toString().equals("quarkus-app-dependencies.txt")).sorted().toList();
        } catch (IOException e) {
            throw new ImageException("Cannot list the packaged service " + folder + ": " + e.getMessage());
        }
    }
}

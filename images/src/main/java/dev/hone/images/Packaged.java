package dev.hone.images;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the build packaged for one image: a service as Quarkus lays it out, or the command line with the files it shows.
 *
 * @param files by their path below {@link ContainerPaths#APP}
 * @param entryPoint what the image starts
 * @param port on which it listens, if it does
 */
record Packaged(String name, Map<String, Path> files, List<String> entryPoint, OptionalInt port) {
    static final List<String> SERVICES = List.of("ingest", "trainer", "quantizer", "evaluator", "serving");
    static final String COMMAND_LINE = "cli";
    static final List<String> ALL = Stream.concat(SERVICES.stream(), Stream.of(COMMAND_LINE)).toList();
    /** What a base model consists of in the store, and not how it was made. */
    private static final Pattern PART_OF_MODEL = Pattern.compile("[^/]*(\\.json|\\.safetensors|\\.jinja)|README\\.md|LICENSE");
    private static final String HOW = ". Package it first: images/build.sh does, and so does ./hone build.";

    /**
     * @param checkout the project's folder
     * @throws ImageException if there is nothing of that name, or it is not packaged
     */
    static Packaged of(Path checkout, String name) {
        if (!ALL.contains(name)) {
            throw new ImageException("Expected one of " + ALL + ", found " + name + ".");
        }
        return name.equals(COMMAND_LINE) ? commandLine(checkout) : service(checkout, name);
    }

    private static Packaged service(Path checkout, String name) {
        Path module = checkout.resolve("services").resolve(name);
        Path folder = module.resolve("target/quarkus-app");
        require(name, folder.resolve("quarkus-run.jar"));
        Map<String, Path> files = new TreeMap<>(below(folder, ""));
        files.remove("quarkus-app-dependencies.txt");
        return new Packaged(name, files, List.of("java", "-Djava.util.logging.manager=org.jboss.logmanager.LogManager", "-jar", ContainerPaths.APP.resolve("quarkus-run.jar").toString()),
                OptionalInt.of(port(module.resolve("src/main/resources/application.properties"))));
    }

    /** In a container it speaks to a cluster and computes nothing, and so carries no engine. */
    private static Packaged commandLine(Path checkout) {
        Path target = checkout.resolve("cli/target");
        String jar = "hone-cli-" + Release.built().getProperty("version") + ".jar";
        require(COMMAND_LINE, target.resolve(jar));
        Map<String, Path> files = new TreeMap<>(below(target.resolve("lib"), "lib/"));
        files.keySet().removeIf(file -> file.startsWith("lib/pytorch-native-") || file.startsWith("lib/pytorch-jni-"));
        files.put("hone-cli.jar", target.resolve(jar));
        files.putAll(below(checkout.resolve("examples"), "examples/"));
        below(checkout.resolve("models/hone-nano"), "").forEach((name, file) -> {
            if (PART_OF_MODEL.matcher(name).matches()) {
                files.put("models/hone-nano/" + name, file);
            }
        });
        return new Packaged(COMMAND_LINE, files, List.of("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dhone.root=" + ContainerPaths.APP,
                "-cp", ContainerPaths.APP.resolve("hone-cli.jar") + ":" + ContainerPaths.APP.resolve("lib") + "/*", "dev.hone.cli.Hone"), OptionalInt.empty());
    }

    private static void require(String name, Path file) {
        if (!Files.isRegularFile(file)) {
            throw new ImageException("Expected " + name + " packaged, found no " + file.getFileName() + " in " + file.getParent() + HOW);
        }
    }

    private static Map<String, Path> below(Path folder, String prefix) {
        Map<String, Path> files = new TreeMap<>();
        try (Stream<Path> found = Files.walk(folder)) {
            found.filter(Files::isRegularFile).forEach(file -> files.put(prefix + folder.relativize(file), file));
            return files;
        } catch (IOException e) {
            throw new ImageException("Cannot list " + folder + ": " + e.getMessage());
        }
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
}

package dev.hone.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The working tree under test. */
final class Repository {
    private static final Path ROOT = findRoot();
    private static final List<Module> MODULES = Pom.read(ROOT.resolve("pom.xml")).modules().stream()
            .map(path -> Module.at(ROOT, path)).toList();

    private static JavaClasses classes;

    private Repository() {}

    static Path file(String path) {
        return ROOT.resolve(path);
    }

    static List<Module> modules() {
        return MODULES;
    }

    static Module module(String path) {
        return MODULES.stream().filter(module -> module.path().equals(path)).findFirst()
                .orElseThrow(() -> new AssertionError("Expected the module " + path + " in the root pom, found "
                        + MODULES.stream().map(Module::path).toList() + "."));
    }

    static List<Module> services() {
        return MODULES.stream().filter(Module::isService).toList();
    }

    static Module service(String name) {
        return module("services/" + name);
    }

    /** What the modules compiled, without their tests and without what is generated from the contracts. */
    static synchronized JavaClasses classes() {
        if (classes == null) {
            classes = classes(module -> !module.path().equals("proto"));
        }
        return classes;
    }

    static JavaClasses classes(Predicate<Module> which) {
        return new ClassFileImporter().importPaths(MODULES.stream().filter(which).flatMap(module -> module.compiled().stream()).toList());
    }

    static String read(String path) {
        return read(file(path));
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Path> filesBelow(Path directory, String suffix) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(suffix)).filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String relative(Path file) {
        return ROOT.relativize(file).toString();
    }

    private static Path findRoot() {
        Path here = Path.of(System.getProperty("hone.root", "")).toAbsolutePath();
        while (here != null && !Files.isDirectory(here.resolve("proto"))) {
            here = here.getParent();
        }
        if (here == null) {
            throw new AssertionError("Expected to run inside the repository, found no folder with proto/ above " + Path.of("").toAbsolutePath() + ".");
        }
        return here;
    }
}

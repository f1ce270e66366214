package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documents promise to be complete is complete, and what they point at is there. */
class DocumentationTest {
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(?:#[^)]*)?\\)");

    static Stream<Path> pages() {
        return Stream.concat(Stream.of(Repository.file("README.md"), Repository.file("examples/README.md"), Repository.file("bench/README.md"),
                Repository.file("models/hone-nano/README.md")).filter(Files::exists), Repository.filesBelow(Repository.file("docs"), ".md").stream());
    }

    @Test
    void givenThePages_whenTheirLinksAreFollowed_thenEachLeadsSomewhere() {
        List<String> dangling = new ArrayList<>();
        pages().forEach(page -> LINK.matcher(Repository.read(page)).results().map(found -> found.group(1))
                .filter(target -> !Files.exists(page.getParent().resolve(target)))
                .forEach(target -> dangling.add(Repository.relative(page) + " -> " + target)));
        assertEquals(List.of(), dangling);
    }

    @Test
    void givenThePoms_whenTheirDependenciesAreListed_thenEachIsExplained() {
        String page = Repository.read("docs/dependencies.md");
        Set<String> unexplained = Repository.modules().stream().flatMap(module -> module.pom().dependencies().stream())
                .filter(dependency -> !dependency.groupId().equals("dev.hone")).map(Pom.Dependency::artifactId)
                .map(name -> name.equals("${pytorch.native}") ? "pytorch-native-cpu" : name)
                .filter(name -> !page.contains("`" + name + "`")).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), unexplained, "docs/dependencies.md says of every library why it is there, under which licence, and instead of what");
    }

    @Test
    void givenTheServices_whenTheirKeysAreListed_thenTheOperationsPageHasThem() {
        String page = Repository.read("docs/operations.md");
        Set<String> missing = Repository.services().stream().flatMap(service -> Configuration.of(service).keys().stream())
                .filter(key -> key.startsWith("hone.") && !page.contains("`" + key + "`")).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), missing, "docs/operations.md lists every key that an operator may set");
    }
}

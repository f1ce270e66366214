package dev.hone.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who may know whom. */
class ModuleArrowsTest {
    private static final String[] FRAMEWORKS = {"io.quarkus..", "io.smallrye..", "jakarta..", "org.eclipse.microprofile..",
            "org.apache.kafka..", "io.minio..", "com.google.protobuf..", "build.buf..", "io.grpc..", "dev.hone.v1..",
            "dev.hone.events..", "dev.hone.artifacts..", "dev.hone.jobs.."};
    private static final Set<String> TEST_SUPPORT = Set.of("hone-testkit", "junit-jupiter", "quarkus-junit", "quarkus-junit5-mockito",
            "quarkus-test-common", "archunit", "awaitility", "mockito-core", "kubernetes-server-mock", "quarkus-test-kafka-companion");

    @Test
    void givenModulesWithSources_whenTheirClassesAreLookedFor_thenEachIsCompiled() {
        List<String> missing = Repository.modules().stream().filter(module -> !module.mainSources().isEmpty() && module.compiled().isEmpty())
                .map(Module::path).toList();
        assertEquals(List.of(), missing, "The other tests judge compiled classes and would pass without them. Build these first, as ./hone test does");
    }

    @Test
    void givenAService_whenItsClassesAreListed_thenItsOwnPackageIsFlatAndThoseBelowItArePlainJava() {
        for (Module service : Repository.services()) {
            String own = "dev.hone." + service.name();
            JavaClasses classes = Repository.classes(service::equals);
            classes().should().resideInAPackage(own + "..").because("a service's classes are found under its name").allowEmptyShould(true).check(classes);
            noClasses().that().resideOutsideOfPackage(own).should().dependOnClassesThat()
                    .resideInAnyPackage("io.quarkus..", "io.smallrye..", "jakarta..", "org.eclipse.microprofile..", "org.apache.kafka..", own)
                    .because("a service is one flat package that Quarkus sees; what has grown a package of its own below it is plain Java that"
                            + " a test calls without starting anything, and does not call back")
                    .allowEmptyShould(true).check(classes);
        }
    }

    @Test
    void givenServices_whenTheirDependenciesAreListed_thenNoServiceKnowsAnother() {
        String why = "services meet on a topic or a .proto, so that each can be replaced, scaled and deployed alone";
        for (Module service : Repository.services()) {
            String[] others = Repository.services().stream().filter(other -> !other.equals(service))
                    .map(other -> "dev.hone." + other.name() + "..").toArray(String[]::new);
            noClasses().that().resideInAPackage("dev.hone." + service.name() + "..")
                    .should().dependOnClassesThat().resideInAnyPackage(others).because(why).allowEmptyShould(true).check(Repository.classes());
        }
        assertNone(forbidden(Repository.services(), (module, dependency) -> isService(dependency)), why);
    }

    @Test
    void givenTheNumericalHeart_whenItsDependenciesAreListed_thenItKnowsNoFramework() {
        String why = "the maths runs from a plain main: no Quarkus, CDI, Kafka, MinIO, protobuf or gRPC";
        noClasses().that().resideInAPackage("dev.hone.llm..").should().dependOnClassesThat().resideInAnyPackage(FRAMEWORKS)
                .because(why).check(Repository.classes());
        assertNone(forbidden(List.of(Repository.module("libs/llm")), (module, dependency) -> !dependency.isTest()
                && (isService(dependency) || Stream.of("io.quarkus", "io.smallrye", "jakarta", "org.apache.kafka", "io.minio",
                        "com.google.protobuf", "build.buf", "io.grpc", "dev.hone").anyMatch(dependency.groupId()::startsWith))), why);
    }

    @Test
    void givenTheReadingOfDatasets_whenItsDependenciesAreListed_thenItKnowsNoFramework() {
        noClasses().that().resideInAPackage("dev.hone.datasets..").should().dependOnClassesThat().resideInAnyPackage(FRAMEWORKS)
                .because("a file is read the same way without a broker and a store: the command line trains on it right here").check(Repository.classes());
    }

    @Test
    void givenALibrary_whenItsDependenciesAreListed_thenItKnowsNoService() {
        String why = "libraries stand below the services; what a library needs from a service is an interface or belongs into the library";
        String[] above = Stream.concat(Repository.services().stream().map(Module::name), Stream.of("cli"))
                .map(name -> "dev.hone." + name + "..").toArray(String[]::new);
        noClasses().that().resideInAnyPackage("dev.hone.events..", "dev.hone.artifacts..", "dev.hone.jobs..", "dev.hone.llm..",
                        "dev.hone.datasets..", "dev.hone.testkit..", "dev.hone.local..")
                .should().dependOnClassesThat().resideInAnyPackage(above).because(why).check(Repository.classes());
        List<Module> below = Repository.modules().stream().filter(module -> module.isLibrary() || module.path().startsWith("local/")).toList();
        assertNone(forbidden(below, (module, dependency) -> isService(dependency) || dependency.artifactId().equals("hone-cli")), why);
    }

    @Test
    void givenAnyModule_whenItsPomIsRead_thenTestSupportIsInTestScopeOnly() {
        List<Module> all = Repository.modules().stream().filter(module -> !module.path().equals("libs/testkit")).toList();
        assertNone(forbidden(all, (module, dependency) -> !dependency.isTest()
                        && (TEST_SUPPORT.contains(dependency.artifactId()) || dependency.groupId().startsWith("org.testcontainers"))),
                "test support in compile scope would travel into the images");
    }

    @Test
    void givenTheEvaluator_whenItIsRead_thenItNeedsNothingOfServing() {
        String why = "a gate must not need what it gates: it loads the candidate itself, and a broken serving must not stop or pass a run";
        noClasses().that().resideInAPackage("dev.hone.evaluator..").should().dependOnClassesThat()
                .resideInAPackage("io.grpc..").orShould().dependOnClassesThat().haveNameMatching("dev\\.hone\\.v1\\.(Inference|Generate|Chat|ServedModel).*")
                .because(why).allowEmptyShould(true).check(Repository.classes());
        Module evaluator = Repository.service("evaluator");
        assertNone(forbidden(List.of(evaluator), (module, dependency) -> dependency.artifactId().contains("grpc")), why);
        assertNone(evaluator.applicationProperties().entrySet().stream().map(Object::toString)
                .filter(line -> line.contains("serving") || line.contains("8085")).toList(), why);
    }

    @Test
    void givenAPackage_whenItsFolderIsRead_thenItSaysWhyItsBoundaryExists() {
        List<String> silent = Repository.modules().stream().flatMap(module -> module.mainSources().stream())
                .map(java.nio.file.Path::getParent).distinct()
                .filter(folder -> !Files.exists(folder.resolve("package-info.java"))).map(Repository::relative).toList();
        assertNone(silent, "every package has a package-info.java with a sentence on why the boundary exists");
    }

    private static boolean isService(Pom.Dependency dependency) {
        return Repository.services().stream().anyMatch(service -> service.pom().artifactId().equals(dependency.artifactId()));
    }

    private static List<String> forbidden(List<Module> modules, BiPredicate<Module, Pom.Dependency> rule) {
        List<String> found = new ArrayList<>();
        for (Module module : modules) {
            module.pom().dependencies().stream().filter(dependency -> rule.test(module, dependency))
                    .forEach(dependency -> found.add(module + " -> " + dependency));
        }
        return found;
    }

    static void assertNone(List<String> found, String why) {
        assertEquals(List.of(), found, "Because " + why + ", these must not be");
    }
}

package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.hone.artifacts.ArtifactLayout;
import dev.hone.v1.Deploy;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who names objects in the store, and who writes where. */
class ObjectKeyTest {
    /** The methods of {@link ArtifactLayout} whose keys a module may write; reading is free. */
    private static final Map<String, Set<String>> OWNED = Map.of(
            "services/ingest", Set.of("datasets", "dataset", "inboxMarker", "feedback"),
            "services/trainer", Set.of("adapter", "checkpoints"),
            "services/quantizer", Set.of("model", "export", "quantization", "roundedCheckpoints"),
            "services/evaluator", Set.of("report"),
            "services/serving", Set.of(),
            "cli", Set.of("baseModel", "baseModels", "inbox"));
    private static final Set<String> PREFIXES = Stream.of(ArtifactLayout.baseModels(), ArtifactLayout.inbox(), ArtifactLayout.datasets(),
                    ArtifactLayout.adapter("x"), ArtifactLayout.checkpoints("x"), ArtifactLayout.model("x", "y"), ArtifactLayout.report("x"))
            .map(prefix -> prefix.substring(0, prefix.indexOf('/') + 1)).collect(Collectors.toSet());
    /** Methods that only add to a prefix given to them. */
    private static final Set<String> TRANSPARENT = Set.of("manifest", "directory", "file");
    private static final String WRITES = "\\.(publish|write|delete|deleteObject|checkpoints)\\s*\\(";

    @Test
    void givenMainSources_whenTheirStringsAreRead_thenNoObjectKeyIsBuiltOutsideTheLayout() {
        List<String> found = Repository.modules().stream().flatMap(JavaSource::of)
                .filter(source -> !source.path().endsWith("/ArtifactLayout.java"))
                .flatMap(source -> keysIn(source).map(key -> source.path() + ": \"" + key + "\"")).toList();
        ModuleArrowsTest.assertNone(found, "an object key is built in ArtifactLayout only, so that one file answers what lies where and who wrote it");
    }

    @Test
    void givenAModule_whenItsWritesAreRead_thenTheyStayBelowItsOwnPrefixes() {
        List<String> found = new ArrayList<>();
        OWNED.forEach((module, owned) -> JavaSource.of(Repository.module(module))
                .forEach(source -> foreignWrites(source, owned).forEach(write -> found.add(source.path() + ": " + write))));
        ModuleArrowsTest.assertNone(found, "a prefix has one writer: who finds a manifest below it knows who vouches for it");
    }

    @Test
    void givenEveryEvent_whenItsFieldsAreRead_thenItCarriesNoBytes() {
        List<String> found = Deploy.getDescriptor().getFile().getMessageTypes().stream().map(Descriptor::getFields).flatMap(List::stream)
                .filter(field -> field.getType() == FieldDescriptor.Type.BYTES).map(FieldDescriptor::getFullName).toList();
        ModuleArrowsTest.assertNone(found, "words travel on Kafka, bytes lie in S3");
    }

    @Test
    void givenSourcesThatBreakTheRules_whenTheyAreRead_thenTheScanSeesIt() {
        JavaSource key = JavaSource.of("A.java", "String a = \"adapters/\" + run; // \"models/\"\nString b = \"some models/ here\";");
        assertEquals(List.of("adapters/"), keysIn(key).toList());
        JavaSource writes = JavaSource.of("B.java", """
                store.publish(ArtifactLayout.model(run, "int8"), dir, "model", run, Map.of());
                String prefix = ArtifactLayout.report(run);
                store.publish(prefix, dir, "report", run, Map.of());
                store.publish(ArtifactLayout.dataset(id), dir, "dataset", id, Map.of());
                store.fetch(ArtifactLayout.adapter(run), dir);
                store.checkpoints(ArtifactLayout.roundedCheckpoints(run), run, dir);
                """);
        assertEquals(List.of("publish(ArtifactLayout.model)", "publish(ArtifactLayout.report)", "checkpoints(ArtifactLayout.roundedCheckpoints)"), foreignWrites(writes, Set.of("dataset")).toList());
    }

    private static Stream<String> keysIn(JavaSource source) {
        return source.stringLiterals().stream()
                .filter(literal -> PREFIXES.stream().anyMatch(literal::startsWith))
                // a folder of the repository that happens to be called like a prefix, such as models/hone-nano
                .filter(literal -> PREFIXES.contains(literal) || !Files.exists(Repository.file(literal)));
    }

    private static Stream<String> foreignWrites(JavaSource source, Set<String> owned) {
        return source.find(WRITES).flatMap(call -> {
            String target = firstArgument(source.bracketed(call.end() - 1));
            return layoutMethods(source, target).filter(method -> !owned.contains(method))
                    .map(method -> call.group(1) + "(ArtifactLayout." + method + ")");
        });
    }

    /** The layout's methods in an expression, or in the declaration of the variable that it is. */
    private static Stream<String> layoutMethods(JavaSource source, String expression) {
        String where = expression.matches("\\w+")
                ? source.find("\\b" + expression + "\\s*=([^;]*);").map(found -> found.group(1)).collect(Collectors.joining("\n"))
                : expression;
        return Pattern.compile("ArtifactLayout\\.(\\w+)\\(").matcher(where).results().map(found -> found.group(1))
                .filter(method -> !TRANSPARENT.contains(method));
    }

    private static String firstArgument(String arguments) {
        int depth = 0;
        for (int i = 0; i < arguments.length(); i++) {
            char c = arguments.charAt(i);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (c == ',' && depth == 0) {
                return arguments.substring(0, i).strip();
            }
        }
        return arguments.strip();
    }
}

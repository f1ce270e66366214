package dev.hone.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Where tensors and DJL's inner parts may be seen. */
class TensorBoundaryTest {
    /** What services call; the other packages of the library are its own. */
    private static final Set<String> FACADE = Set.of("dev.hone.llm.text", "dev.hone.llm.data", "dev.hone.llm.train",
            "dev.hone.llm.quant", "dev.hone.llm.rounding", "dev.hone.llm.layout", "dev.hone.llm.generate", "dev.hone.llm.eval", "dev.hone.llm.estimate", "dev.hone.llm.engine", "dev.hone.llm.constrain");
    private static final Set<String> VISIBLE_TOO = Set.of("dev.hone.llm.format");
    /** Names and shapes of a Llama's weights, without a tensor: what planning counts with. */
    private static final String SHAPES = "dev.hone.llm.model.ModelLayout";

    @Test
    void givenTheFacade_whenPublicSignaturesAreRead_thenNoTensorIsInThem() {
        List<String> tensors = Repository.classes().stream().filter(type -> FACADE.contains(type.getPackageName()) || isUsedFromOutside(type))
                .filter(TensorBoundaryTest::isVisible).flatMap(TensorBoundaryTest::tensorsIn).distinct().sorted().toList();
        ModuleArrowsTest.assertNone(tensors, "services see FineTune.run(spec) and Generator.generate(prompt): a tensor in a signature"
                + " would make every caller responsible for native memory");
    }

    @Test
    void givenServicesAndCommandLine_whenTheirDependenciesAreListed_thenTheyTouchNoTensorLibrary() {
        noClasses().that().resideOutsideOfPackages("dev.hone.llm..", "ai.djl..").should().dependOnClassesThat().resideInAPackage("ai.djl..")
                .because("only libs/llm computes; the others see files, text and numbers").check(Repository.classes());
    }

    @Test
    void givenServicesAndCommandLine_whenTheirDependenciesAreListed_thenTheyUseTheFacadeOnly() {
        Set<String> inner = new TreeSet<>();
        callersOutside().forEach(caller -> caller.getDirectDependenciesFromSelf().forEach(dependency -> {
            String used = dependency.getTargetClass().getBaseComponentType().getPackageName();
            boolean shapes = dependency.getTargetClass().getName().startsWith(SHAPES);
            if (used.startsWith("dev.hone.llm") && !FACADE.contains(used) && !VISIBLE_TOO.contains(used) && !shapes) {
                inner.add(caller.getName() + " -> " + dependency.getTargetClass().getName());
            }
        }));
        ModuleArrowsTest.assertNone(List.copyOf(inner), "bridge, model, lora and nf4 change with every faster kernel; only "
                + new TreeSet<>(FACADE) + " and " + VISIBLE_TOO + " are promised to services");
    }

    @Test
    void givenDjlsInnerParts_whenTheirUsersAreListed_thenOnlyTheBridgeIsAmongThem() {
        noClasses().that().resideOutsideOfPackage("dev.hone.llm.bridge")
                .should().dependOnClassesThat().resideInAnyPackage("ai.djl.pytorch..")
                .because("DJL's internal packages change without notice: what must be reached there is reached in one place, with the reason written beside it")
                .check(Repository.classes());
        noClasses().should().resideInAPackage("ai.djl..")
                .because("a class in DJL's own package reaches more, until two class loaders share the work: then it is in another package of the same name")
                .check(Repository.classes());
    }

    private static Stream<JavaClass> callersOutside() {
        return Repository.classes().stream().filter(type -> type.getPackageName().startsWith("dev.hone.")).filter(type -> !type.getPackageName().startsWith("dev.hone.llm"));
    }

    private static boolean isUsedFromOutside(JavaClass type) {
        return type.getPackageName().startsWith("dev.hone.llm") && type.getDirectDependenciesToSelf().stream()
                .anyMatch(dependency -> !dependency.getOriginClass().getPackageName().startsWith("dev.hone.llm"));
    }

    /** What stands in an interface is public by itself, and yet hidden where the interface is. */
    private static boolean isVisible(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC) && type.getEnclosingClass().map(TensorBoundaryTest::isVisible).orElse(true);
    }

    private static Stream<String> tensorsIn(JavaClass type) {
        List<String> found = new ArrayList<>();
        for (JavaCodeUnit unit : type.getCodeUnits()) {
            if (isVisible(unit.getModifiers()) && (isTensor(unit.getRawReturnType()) || unit.getRawParameterTypes().stream().anyMatch(TensorBoundaryTest::isTensor))) {
                found.add(unit.getFullName());
            }
        }
        for (JavaField field : type.getFields()) {
            if (isVisible(field.getModifiers()) && isTensor(field.getRawType())) {
                found.add(field.getFullName());
            }
        }
        return found.stream();
    }

    private static boolean isVisible(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    private static boolean isTensor(JavaClass type) {
        return type.getBaseComponentType().getPackageName().startsWith("ai.djl");
    }
}

package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.hone.v1.Recipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What shapes a run travels in its recipe. */
class HyperParameterTest {
    private static final String WHY = "hyper-parameters travel in train.requested, so that a run can be replayed from its event; the"
            + " planner's defaults are code, and what it chose is in the event";
    /** snake_case names of every field of the recipe. */
    private static final Set<String> KEYS = keys();

    @Test
    void givenTheRecipe_whenItsFieldsAreListed_thenTheScanLooksForThem() {
        assertTrue(KEYS.containsAll(Set.of("lora_r", "learning_rate", "group_size", "fake_quant_after_n_steps", "min_exact_match")), KEYS::toString);
    }

    @Test
    void givenMainSources_whenTheirStringsAreRead_thenNoneNamesARecipeKeyAsEnvironmentVariable() {
        List<String> found = Repository.modules().stream().flatMap(JavaSource::of)
                .flatMap(source -> source.stringLiterals().stream().filter(HyperParameterTest::isEnvironmentForm)
                        .map(literal -> source.path() + ": \"" + literal + "\"")).toList();
        ModuleArrowsTest.assertNone(found, WHY);
    }

    @Test
    void givenServicesConfigurations_whenTheirKeysAreRead_thenNoneIsARecipeKey() {
        List<String> found = new ArrayList<>();
        for (Module service : Repository.services()) {
            for (String key : Configuration.of(service).keys()) {
                if (key.startsWith("hone.") && KEYS.contains(lastSegment(key).replace('-', '_'))) {
                    found.add(service + ": " + key);
                }
            }
        }
        ModuleArrowsTest.assertNone(found, WHY);
    }

    @Test
    void givenManifests_whenTheirEnvironmentIsRead_thenNoneIsARecipeKey() {
        List<String> found = Manifests.environmentKeys(Manifests.sources()).stream().filter(HyperParameterTest::isEnvironmentForm).toList();
        ModuleArrowsTest.assertNone(found, WHY);
    }

    private static boolean isEnvironmentForm(String text) {
        return text.equals(text.toUpperCase(Locale.ROOT)) && KEYS.stream().filter(key -> key.contains("_"))
                .map(key -> key.toUpperCase(Locale.ROOT)).anyMatch(key -> text.equals(key) || text.endsWith("_" + key));
    }

    private static String lastSegment(String key) {
        return key.substring(key.lastIndexOf('.') + 1);
    }

    private static Set<String> keys() {
        return Recipe.getDescriptor().getFile().getMessageTypes().stream().map(Descriptor::getFields)
                .flatMap(List::stream).map(FieldDescriptor::getName).collect(Collectors.toCollection(TreeSet::new));
    }
}

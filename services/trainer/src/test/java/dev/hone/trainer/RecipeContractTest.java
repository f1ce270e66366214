package dev.hone.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.hone.events.EventJson;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.train.TrainingRecipe;
import dev.hone.v1.QatRecipe;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The message that travels and the recipe that is trained by are one list of settings. */
class RecipeContractTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern FIELD = Pattern.compile("(?:optional |repeated )?[\\w<>, ]+ (\\w+) = \\d+.*");
    private static final Pattern DEFAULT = Pattern.compile(".* Default: (.+)\\.");
    private static final Pattern PLANNED = Pattern.compile(".* Planned: .+\\.");

    private static final Recipe COMPLETE = RecipeDefaults.complete(
            Recipe.newBuilder().setQuantization(QuantizationRecipe.newBuilder().setMaxKlDivergence(0.01).setQat(QatRecipe.getDefaultInstance())).build(),
            new ModelFacts(ModelConfig.llama(4096, 256, 640, 6, 4, 2, 64, 1e-5, 10_000, 512, true, 0.02)), new DatasetFacts(600, 75, ""));

    private static final List<Message> BLOCKS = List.of(COMPLETE.getTraining(), COMPLETE.getQuantization(), COMPLETE.getQuantization().getQat(), COMPLETE.getGate());

    @Test
    void givenTheMessage_whenHeldAgainstTheLibrarysRecipe_thenTheyHaveTheSameSettings() throws IOException {
        TreeSet<String> message = names(dev.hone.v1.TrainingRecipe.getDescriptor());
        TreeSet<String> library = new TreeSet<>();
        JSON.readTree(TrainingRecipe.DEFAULTS).fieldNames().forEachRemaining(library::add);
        assertEquals(library, message);
    }

    @Test
    void givenEachSetting_whenItsCommentIsRead_thenItSaysWhatHoldsWithoutIt() throws IOException {
        for (Message block : BLOCKS) {
            Map<String, String> comments = comments(block.getDescriptorForType());
            names(block.getDescriptorForType()).forEach(
                    name -> assertTrue(DEFAULT.matcher(comments.get(name)).matches() || PLANNED.matcher(comments.get(name)).matches(), name + ": " + comments.get(name)));
        }
    }

    @Test
    void givenTheDefaultsThatTheMessageDocuments_whenARecipeIsCompleted_thenTheyHold() throws IOException {
        for (Message block : BLOCKS) {
            JsonNode planned = JSON.readTree(EventJson.print(block));
            documented(block).forEach((name, value) -> assertSame(name, value, planned.path(name)));
        }
    }

    @Test
    void givenTheDefaultsThatTheMessageDocuments_whenTheLibraryTrainsWithoutAPlanner_thenTheyHoldToo() throws IOException {
        JsonNode library = JSON.readTree(TrainingRecipe.DEFAULTS);
        documented(COMPLETE.getTraining()).forEach((name, value) -> assertSame(name, value, library.path(name)));
    }

    @Test
    void givenACompleteMessage_whenTheLibraryReadsIt_thenEverySettingArrives() throws Exception {
        JsonNode read = RecipeMapping.toTraining(COMPLETE.getTraining()).toJson();
        JSON.readTree(EventJson.print(COMPLETE.getTraining())).properties()
                .forEach(setting -> assertSame(setting.getKey(), setting.getValue().isTextual() ? setting.getValue().asText() : setting.getValue().toString(), read.path(setting.getKey())));
    }

    /** Numbers by their value, and the two ways of saying "nothing" and "all". */
    private static void assertSame(String name, String documented, JsonNode value) {
        boolean all = documented.equals("all-linear") && value.isArray() && (value.isEmpty() || value.path(0).asText().equals("all-linear"));
        boolean none = documented.equals("none") && value.isEmpty();
        boolean list = value.isArray() && documented.equals(String.join(", ", JSON.convertValue(value, String[].class)));
        boolean number = value.asText().matches("[-+.\\dEe]+") && documented.matches("[-+.\\dEe]+") && Double.parseDouble(documented) == value.asDouble();
        assertTrue(all || none || list || number || documented.equals(value.isContainerNode() ? value.toString() : value.asText()), name + ": documented " + documented + ", found " + value);
    }

    private static Map<String, String> documented(Message block) throws IOException {
        Map<String, String> comments = comments(block.getDescriptorForType());
        return names(block.getDescriptorForType()).stream().filter(name -> DEFAULT.matcher(comments.get(name)).matches()).collect(Collectors.toMap(name -> name, name -> {
            Matcher found = DEFAULT.matcher(comments.get(name));
            assertTrue(found.matches());
            return found.group(1);
        }));
    }

    private static TreeSet<String> names(Descriptor message) {
        return message.getFields().stream().map(FieldDescriptor::getName).collect(Collectors.toCollection(TreeSet::new));
    }

    /** What stands above each field of a block of the recipe. */
    private static Map<String, String> comments(Descriptor block) throws IOException {
        Map<String, String> comments = new HashMap<>();
        StringBuilder comment = new StringBuilder();
        List<String> lines = Files.readAllLines(Path.of(System.getProperty("hone.root"), "proto/src/main/proto/hone/v1/recipe.proto"));
        int begin = lines.indexOf("message " + block.getName() + " {");
        for (String line : lines.subList(begin, begin + lines.subList(begin, lines.size()).indexOf("}"))) {
            Matcher field = FIELD.matcher(line.strip());
            if (line.strip().startsWith("//")) {
                comment.append(comment.isEmpty() ? "" : " ").append(line.strip().substring(2).strip());
                continue;
            }
            if (field.matches()) {
                comments.put(field.group(1), comment.toString());
            }
            comment.setLength(0);
        }
        return comments;
    }
}

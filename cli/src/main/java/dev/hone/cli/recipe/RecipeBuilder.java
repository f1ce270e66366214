package dev.hone.cli.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.hone.cli.console.Failure;
import dev.hone.events.EventJson;
import dev.hone.events.InvalidEvent;
import dev.hone.v1.Recipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Gathers a recipe from a file and from single settings, the later ones winning. */
public final class RecipeBuilder {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final ObjectNode recipe = JSON.objectNode();
    private Optional<ForeignRecipe> foreign = Optional.empty();

    /** Takes the blocks ({@code training}, {@code quantization}, {@code gate}, …) of a YAML (or JSON) file, or another tool's recipe. */
    public RecipeBuilder file(Path file) {
        JsonNode root = RecipeFile.read(file);
        foreign = ForeignFormat.of(root).map(format -> format.translate(file, root));
        return foreign.isPresent() ? blocks(RecipeFile.json(EventJson.print(foreign.get().recipe()))) : own(file, root);
    }

    private RecipeBuilder own(Path file, JsonNode root) {
        if (root.isMissingNode() || root.isNull()) {
            return this;
        }
        if (!root.isObject()) {
            throw usage("Expected " + file + " to hold the blocks " + blocks() + ", found something else.");
        }
        root.properties().forEach(entry -> block(file, entry.getKey(), entry.getValue()));
        return this;
    }

    private void block(Path file, String name, JsonNode settings) {
        FieldDescriptor block = Recipe.getDescriptor().findFieldByName(name);
        if (block == null) {
            throw usage("Expected the blocks " + blocks() + " in " + file + ", found \"" + name + "\"." + hintForBlock(name));
        }
        if (!settings.isObject()) {
            throw usage("Expected settings as \"key: value\" below " + name + " in " + file + ", found " + settings + ".");
        }
        if (block.isMapField()) {
            settings.properties().forEach(stage -> requireNames(file, name + "." + stage.getKey(), settings(block), stage.getValue()));
        } else {
            requireNames(file, name, block.getMessageType(), settings);
        }
        settings.properties().forEach(setting -> recipe.withObjectProperty(name).set(setting.getKey(), setting.getValue()));
    }

    /** In a block, and in a block inside it. */
    private static void requireNames(Path file, String name, Descriptor block, JsonNode settings) {
        for (Map.Entry<String, JsonNode> setting : settings.properties()) {
            FieldDescriptor field = block.findFieldByName(setting.getKey());
            if (field == null) {
                throw usage("Expected settings of a recipe below " + name + " in " + file + ", found \"" + setting.getKey() + "\"."
                        + hintForKey(setting.getKey()));
            }
            if (isBlock(field) && setting.getValue().isObject()) {
                requireNames(file, name + "." + field.getName(), field.getMessageType(), setting.getValue());
            }
        }
    }

    /** What a block's settings are; of a block by stage those of one stage. */
    private static Descriptor settings(FieldDescriptor block) {
        return block.isMapField() ? block.getMessageType().findFieldByName("value").getMessageType() : block.getMessageType();
    }

    private static boolean isBlock(FieldDescriptor field) {
        return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isRepeated();
    }

    /** Takes settings whose names are known to be right: {@code {"training": {"lora_r": 16}}}. */
    RecipeBuilder blocks(JsonNode blocks) {
        blocks.properties().forEach(block -> block.getValue().properties()
                .forEach(setting -> recipe.withObjectProperty(block.getKey()).set(setting.getKey(), setting.getValue())));
        return this;
    }

    /** The file as another tool's recipe, when it was one. */
    public Optional<ForeignRecipe> foreign() {
        return foreign;
    }

    /** What became of the keys of another tool's recipe that are no settings here; empty for a recipe of our own. */
    public List<Note> notes() {
        return foreign.map(ForeignRecipe::notes).orElse(List.of());
    }

    /** @param setting {@code lora_r=16} or {@code training.lora_r=16}; a list's items are separated by commas */
    public RecipeBuilder set(String setting) {
        int equals = setting.indexOf('=');
        if (equals < 1) {
            throw usage("Expected --set key=value, found \"" + setting + "\". For example: --set lora_r=16");
        }
        String key = setting.substring(0, equals).strip();
        String value = setting.substring(equals + 1).strip();
        if (setOfStage(key, value)) {
            return this;
        }
        List<FieldDescriptor> path = path(key).orElseThrow(
                () -> usage("Expected a setting of a recipe, found \"" + key + "\"." + hintForKey(key)));
        ObjectNode block = recipe;
        for (FieldDescriptor outer : path.subList(0, path.size() - 1)) {
            block = block.withObjectProperty(outer.getName());
        }
        block.set(path.getLast().getName(), json(path.getLast(), value));
        return this;
    }

    /** {@code stage_resources.train.gpus}: a block, a stage and one of its settings. */
    private boolean setOfStage(String key, String value) {
        String[] names = key.split("\\.");
        FieldDescriptor block = Recipe.getDescriptor().findFieldByName(names[0]);
        if (names.length != 3 || block == null || !block.isMapField()) {
            return false;
        }
        FieldDescriptor field = settings(block).findFieldByName(names[2]);
        if (field == null) {
            throw usage("Expected a setting of a recipe, found \"" + key + "\"." + hintForKey(names[0] + "." + names[2]));
        }
        recipe.withObjectProperty(names[0]).withObjectProperty(names[1]).set(names[2], json(field, value));
        return true;
    }

    public Recipe build() {
        // One setting at a time first: the parser of the whole does not say which key it stumbled over.
        recipe.properties().forEach(block -> block.getValue().properties().forEach(setting -> {
            ObjectNode alone = JSON.objectNode();
            alone.putObject(block.getKey()).set(setting.getKey(), setting.getValue());
            parse(alone, block.getKey() + "." + setting.getKey() + " cannot be " + setting.getValue() + ". ");
        }));
        return parse(recipe, "The recipe cannot be used. ");
    }

    private static Recipe parse(ObjectNode recipe, String lead) {
        try {
            return EventJson.parse(recipe.toString(), Recipe.getDefaultInstance());
        } catch (InvalidEvent e) {
            throw usage(lead + e.getMessage());
        }
    }

    /** From the block down to the setting, whose key may leave the block out: {@code qat.training.learning_rate}. */
    private static Optional<List<FieldDescriptor>> path(String key) {
        String[] names = key.split("\\.");
        Descriptor root = Recipe.getDescriptor();
        Stream<FieldDescriptor> whole = root.findFieldByName(names[0]) != null && names.length > 1 ? Stream.of() : root.getFields().stream().filter(RecipeBuilder::isBlock);
        return Stream.concat(Stream.of(down(root, names)), whole.map(block -> prefixed(block, down(block.getMessageType(), names))))
                .flatMap(Optional::stream).filter(path -> path.size() > 1).findFirst();
    }

    private static Optional<List<FieldDescriptor>> down(Descriptor block, String[] names) {
        List<FieldDescriptor> path = new ArrayList<>();
        for (String name : names) {
            FieldDescriptor field = block == null ? null : block.findFieldByName(name);
            if (field == null) {
                return Optional.empty();
            }
            path.add(field);
            block = isBlock(field) ? field.getMessageType() : null;
        }
        return Optional.of(path);
    }

    private static Optional<List<FieldDescriptor>> prefixed(FieldDescriptor block, Optional<List<FieldDescriptor>> path) {
        return path.map(found -> Stream.concat(Stream.of(block), found.stream()).toList());
    }

    private static Optional<FieldDescriptor> field(String key) {
        return path(key).map(List::getLast);
    }

    private static String blockOf(FieldDescriptor field) {
        return Recipe.getDescriptor().getFields().stream().filter(block -> block.getMessageType().equals(field.getContainingType()))
                .map(FieldDescriptor::getName).findFirst().orElseThrow();
    }

    /** A list may be written {@code a,b} or {@code [a, b]}, a map {@code {a: 8}}. */
    private static JsonNode json(FieldDescriptor field, String value) {
        if (field.isMapField() || isBlock(field)) {
            JsonNode map = RecipeFile.value(value);
            if (!map.isObject()) {
                throw usage("Expected " + field.getName() + " as a map, found \"" + value + "\". For example: --set '" + field.getName() + "=" + (isBlock(field) ? "{weight_dtype: int4}" : "{q_proj: 8}") + "'");
            }
            return map;
        }
        if (field.isRepeated() && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            return RecipeFile.value(value);
        }
        if (field.isRepeated()) {
            ArrayNode items = JSON.arrayNode();
            Values.texts(value.startsWith("[") ? RecipeFile.value(value) : TextNode.valueOf(value)).forEach(items::add);
            return items;
        }
        return Values.typed(field, TextNode.valueOf(value), field.getName());
    }

    private static List<Descriptor> messages() {
        return Recipe.getDescriptor().getFields().stream().map(RecipeBuilder::settings).toList();
    }

    private static List<String> blocks() {
        return Recipe.getDescriptor().getFields().stream().map(FieldDescriptor::getName).toList();
    }

    private static String hintForBlock(String name) {
        return field(name).map(field -> " It belongs below " + blockOf(field) + ".").orElseGet(() -> NearMatch.hint(name, blocks()));
    }

    private static String hintForKey(String key) {
        TreeSet<String> all = new TreeSet<>();
        messages().forEach(message -> message.getFields().forEach(field -> all.add(field.getName())));
        String name = key.substring(key.indexOf('.') + 1);
        if (all.contains(name)) {
            return " It belongs below " + field(name).map(RecipeBuilder::blockOf).orElseThrow() + ".";
        }
        return NearMatch.of(name, all).map(near -> " Did you mean \"" + near + "\"?").orElse(" There are: " + String.join(", ", all) + ".");
    }

    private static Failure usage(String sentence) {
        return new Failure(Failure.USAGE, sentence);
    }
}

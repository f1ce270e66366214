package dev.hone.cli.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.hone.cli.console.Failure;
import dev.hone.v1.QatRecipe;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.TrainingRecipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Another tool's recipe on its way into ours: what was found so far, and what each key leads to. */
final class Translation {
    /** Translates one key's value. */
    @FunctionalInterface
    interface Handler {
        /** @param key as the file has it, with its place */
        void read(Translation to, String key, JsonNode value);
    }

    private final Path file;
    private final JsonNode root;
    private final KeyTable table;
    private final Map<String, Handler> handlers;
    private final ObjectNode training = JsonNodeFactory.instance.objectNode();
    private final ObjectNode quantization = JsonNodeFactory.instance.objectNode();
    private final List<DatasetRef> datasets = new ArrayList<>();
    private final List<Note> notes = new ArrayList<>();
    private Optional<String> baseModel = Optional.empty();
    private Optional<String> outputDir = Optional.empty();

    Translation(Path file, JsonNode root, KeyTable table, Map<String, Handler> handlers) {
        this.file = file;
        this.root = root;
        this.table = table;
        this.handlers = handlers;
    }

    /** A value of the file's top level; missing where it says nothing. */
    JsonNode given(String key) {
        return root.path(key);
    }

    Path file() {
        return file;
    }

    /**
     * Takes each key of an object as its line in the table says.
     *
     * @param place of the keys in the table, {@code datasets[].}; {@code shown} is the same in the file, {@code datasets[0].}
     */
    void readAll(String place, String shown, JsonNode keys) {
        keys.properties().forEach(entry -> read(place, shown, entry.getKey(), entry.getValue()));
    }

    private void read(String place, String shown, String name, JsonNode value) {
        Optional<KeyTable.Line> line = table.find(place + name);
        if (line.isEmpty()) {
            note(Note.Kind.UNKNOWN, shown + name, value, "nothing is done with it." + NearMatch.hint(name, table.namesBelow(place)));
        } else if (!value.isNull()) {
            take(line.get(), place + name, shown + name, value);
        }
    }

    private void take(KeyTable.Line line, String pattern, String key, JsonNode value) {
        boolean asks = !line.unless().contains(value.asText()) && (line.unless().contains("true") || !Values.isOff(value));
        switch (line.treatment()) {
            case SETTING -> set(line.text(), value, key);
            case READ -> handlers.get(pattern).read(this, key, value);
            case NEEDLESS -> note(Note.Kind.NOT_NEEDED, key, value, line.text());
            case UNSUPPORTED -> note(asks ? Note.Kind.NOT_SUPPORTED : Note.Kind.NOT_NEEDED, key, value, asks ? line.text() : "it asks for nothing else");
            case REFUSED -> {
                if (asks) {
                    throw refused(key, value, line.text());
                }
                note(Note.Kind.NOT_NEEDED, key, value, "it is off");
            }
        }
    }

    /** Gives a setting of the training block the value that the file has under {@code key}. */
    void set(String setting, JsonNode value, String key) {
        FieldDescriptor field = TrainingRecipe.getDescriptor().findFieldByName(setting);
        JsonNode given = field.isRepeated() && !field.isMapField() && value.isTextual() ? list(Values.texts(value)) : value;
        training.set(setting, Values.typed(field, given, key + " in " + file));
    }

    void set(String setting, String value) {
        training.put(setting, value);
    }

    void set(String setting, double value) {
        training.set(setting, Values.typed(TrainingRecipe.getDescriptor().findFieldByName(setting), JsonNodeFactory.instance.numberNode(value), setting));
    }

    void set(String setting, boolean value) {
        training.put(setting, value);
    }

    void set(String setting, List<String> values) {
        training.set(setting, list(values));
    }

    void leaveOpen(String setting) {
        training.remove(setting);
    }

    /** A setting of the training block as it stands; missing where it is open. */
    JsonNode setting(String name) {
        return training.path(name);
    }

    void quantize(String setting, JsonNode value, String key) {
        quantization.set(setting, Values.typed(QuantizationRecipe.getDescriptor().findFieldByName(setting), value, key + " in " + file));
    }

    void quantize(String setting, List<String> values) {
        quantization.set(setting, list(values));
    }

    void quantize(String setting, String value) {
        quantization.put(setting, value);
    }

    /** Gives a setting of the training with rounded weights the value that the file has under {@code key}. */
    void learn(String setting, JsonNode value, String key) {
        quantization.withObjectProperty("qat").set(setting, Values.typed(QatRecipe.getDescriptor().findFieldByName(setting), value, key + " in " + file));
    }

    void learn(String setting, String value) {
        quantization.withObjectProperty("qat").put(setting, value);
    }

    void base(String name) {
        baseModel = Optional.of(name);
    }

    void output(String directory) {
        outputDir = Optional.of(directory);
    }

    void dataset(DatasetRef rows) {
        datasets.add(rows);
    }

    void notSupported(String key, JsonNode value, String what) {
        note(Note.Kind.NOT_SUPPORTED, key, value, what);
    }

    void notNeeded(String key, JsonNode value, String why) {
        note(Note.Kind.NOT_NEEDED, key, value, why);
    }

    private void note(Note.Kind kind, String key, JsonNode value, String what) {
        notes.add(new Note(kind, key, Values.shown(value), what));
    }

    /** @param would a clause: "would have trained on images" */
    Failure refused(String key, JsonNode value, String would) {
        return new Failure(Failure.USAGE, "This recipe cannot be followed: " + key + " in " + file + " is " + Values.shown(value) + ", which " + would
                + ". Take the key out, or train with the tool it was written for.");
    }

    ForeignRecipe result(String format) {
        ObjectNode blocks = JsonNodeFactory.instance.objectNode();
        blocks.set("training", training);
        blocks.set("quantization", quantization);
        List<DatasetRef> ordered = java.util.stream.Stream.concat(
                datasets.stream().filter(rows -> !rows.validation()), datasets.stream().filter(DatasetRef::validation)).toList();
        return new ForeignRecipe(format, new RecipeBuilder().blocks(blocks).build(), baseModel, ordered, outputDir, notes);
    }

    private static JsonNode list(List<String> values) {
        var items = JsonNodeFactory.instance.arrayNode();
        values.forEach(items::add);
        return items;
    }
}

package dev.hone.llm.lora;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.IntStream;

/**
 * Which linear modules get an adapter. An entry is the last part of a module's name (q_proj), the whole name, all-linear,
 * or a regular expression that matches the whole name; no entries mean all.
 */
public record Targets(List<String> entries) {
    private static final String ALL = "all-linear";
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.-]+");

    public Targets {
        entries = List.copyOf(entries);
    }

    /**
     * The modules of a model that the entries choose, in the program's order.
     *
     * @throws IllegalArgumentException if an entry chooses none, naming it
     */
    public List<String> of(ModelConfig config) {
        List<String> modules = IntStream.range(0, config.numHiddenLayers()).boxed()
                .flatMap(layer -> ModelLayout.linears(config, layer).stream()).map(ModelLayout.Weight::module).toList();
        for (String entry : entries) {
            if (modules.stream().noneMatch(module -> chooses(entry, module))) {
                throw new IllegalArgumentException("Expected lora_target_modules to name linear modules of this model, " + ModelLayout.linearNames(config)
                        + ", all-linear or a regular expression for whole names like " + modules.getFirst() + "; found \"" + entry + "\", which matches none.");
            }
        }
        return modules.stream().filter(module -> entries.isEmpty() || entries.stream().anyMatch(entry -> chooses(entry, module))).toList();
    }

    private static boolean chooses(String entry, String module) {
        if (entry.equalsIgnoreCase(ALL)) {
            return true;
        }
        if (PLAIN.matcher(entry).matches()) {
            return module.equals(entry) || module.endsWith("." + entry);
        }
        try {
            return Pattern.matches(entry, module);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("Expected a module name or a regular expression in lora_target_modules, found \"" + entry + "\": " + e.getDescription() + ".", e);
        }
    }
}

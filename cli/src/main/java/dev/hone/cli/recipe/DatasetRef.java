package dev.hone.cli.recipe;

import java.util.Map;

/**
 * Rows that a recipe of another tool names.
 *
 * @param path as the recipe has it: a file, a folder, or a name on a hub that nothing here looks up
 * @param validation whether the rows are kept for validation
 * @param mapping which column is what, as {@code --map} takes it: {@code prompt} to {@code question}; empty where the rows'
 *     own keys say it
 */
public record DatasetRef(String path, boolean validation, Map<String, String> mapping) {
    public DatasetRef {
        mapping = Map.copyOf(mapping);
    }
}

package dev.hone.ingest.intake;

import dev.hone.datasets.check.ColumnMapping;
import dev.hone.v1.Recipe;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * A file and what shall become of it.
 *
 * @param modelName under which a model trained on it will be served
 * @param baseModel a name below {@code base/} in the store
 * @param fileName  as the sender calls it
 * @param bytes     the file, which is used up
 * @param recipe    what the sender wants of the training; may be empty
 */
public record Submission(String modelName, String baseModel, String fileName, Path bytes, ColumnMapping mapping, Recipe recipe) {
    private static final Pattern MODEL_NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
    private static final Pattern BASE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    /** Looks at the names alone, before any byte of the file is taken. */
    public static void checkNames(String modelName, String baseModel) throws UserError {
        if (!MODEL_NAME.matcher(modelName).matches()) {
            throw new UserError("invalid_name", "Expected a model name of 1 to 63 lower-case letters, digits, '.', '_' and '-', found \"" + modelName + "\".");
        }
        if (!BASE_NAME.matcher(baseModel).matches() || baseModel.contains("..")) {
            throw new UserError("unknown_base_model", "Expected the name of a base model, found \"" + baseModel + "\".");
        }
    }
}

package dev.hone.cli.quantize;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Message;
import dev.hone.cli.console.Failure;
import dev.hone.cli.recipe.RecipeBuilder;
import dev.hone.events.EventJson;
import dev.hone.llm.rounding.Scheme;
import dev.hone.llm.train.QatDefaults;
import dev.hone.llm.train.RecipeDefaults;
import dev.hone.llm.train.TrainingRecipe;
import dev.hone.v1.QatRecipe;
import dev.hone.v1.Recipe;
import java.nio.file.Path;
import java.util.List;

/**
 * What a recipe says of training with rounded weights.
 *
 * @param scheme that the training ends in
 * @param embedding whether the embedding is rounded too
 * @param qat settings somebody wrote
 * @param run settings of the training before it, where the file has them
 */
record QatPlan(String scheme, int afterSteps, boolean embedding, ObjectNode qat, ObjectNode run) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @param file a recipe with {@code quantization: qat:}, or one of Axolotl with {@code qat:} */
    static QatPlan of(Path file, int groupSize) {
        Recipe recipe = new RecipeBuilder().file(file).build();
        if (!recipe.getQuantization().hasQat()) {
            throw new Failure(Failure.USAGE, "Expected a block qat below quantization in " + file + ", found none. For example:\nquantization:\n  qat:\n    weight_dtype: int4\n    group_size: 32");
        }
        QatRecipe qat = recipe.getQuantization().getQat();
        String weights = qat.hasWeightDtype() ? qat.getWeightDtype() : "int4";
        int group = qat.hasGroupSize() ? qat.getGroupSize() : groupSize;
        return new QatPlan(QatDefaults.scheme(weights, qat.getActivationDtype(), group), qat.getFakeQuantAfterNSteps(), qat.getQuantizeEmbedding(), json(qat.getTraining()),
                json(recipe.getTraining()));
    }

    /** For a scheme that was named without a recipe: everything as planned. */
    static QatPlan of(String scheme) {
        return new QatPlan(scheme, 0, false, JSON.createObjectNode(), JSON.createObjectNode());
    }

    static boolean learns(String scheme, int groupSize) {
        return Scheme.of(scheme, groupSize).method() == Scheme.Method.QAT;
    }

    /** The schemes asked for, with this one where none of them learns. */
    List<String> added(List<String> schemes, int groupSize) {
        return schemes.stream().anyMatch(s -> learns(s, groupSize)) ? schemes : java.util.stream.Stream.concat(schemes.stream(), java.util.stream.Stream.of(scheme)).toList();
    }

    /** The training with what is left open filled in as the planner does. */
    TrainingRecipe training(RecipeDefaults.Sizes sizes) {
        try {
            TrainingRecipe training = TrainingRecipe.parse(QatDefaults.complete(qat, RecipeDefaults.complete(run, sizes), sizes));
            if (training.method().equals("qlora")) {
                throw new Failure(Failure.USAGE, "Expected method full or lora for training with rounded weights, found qlora: its base is rounded to NF4 already, and no other rounding can be learned on it.");
            }
            return training;
        } catch (IllegalArgumentException e) {
            throw new Failure(Failure.USAGE, e.getMessage());
        }
    }

    private static ObjectNode json(Message message) {
        try {
            return (ObjectNode) JSON.readTree(EventJson.print(message));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a message's JSON form is JSON", e);
        }
    }
}

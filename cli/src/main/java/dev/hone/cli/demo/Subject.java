package dev.hone.cli.demo;

import dev.hone.cli.recipe.RecipeBuilder;
import dev.hone.v1.Recipe;
import java.util.UUID;

/**
 * What the demonstration trains.
 *
 * @param model a name that nothing in the stack has yet
 */
record Subject(String model, Recipe recipe) {

    /** In a stack that is there for the demonstration alone. */
    static Subject alone() {
        return new Subject("support", answeringWell().build());
    }

    /**
     * In a stack that others use, and where an earlier demonstration may have been: a model and a run of its own. The run is another
     * one by the steps between checkpoints, which change nothing that it learns.
     */
    static Subject among() {
        UUID drawn = UUID.randomUUID();
        return new Subject("demo-" + drawn.toString().substring(0, 8), answeringWell().set("save_steps=" + (100_000 + Math.floorMod(drawn.hashCode(), 1_000_000))).build());
    }

    /** What examples/recipes/support-qlora.yaml explains, as few steps as answer well: two runs shall fit into the time that somebody watches. */
    private static RecipeBuilder answeringWell() {
        return new RecipeBuilder().set("lora_r=32").set("lora_alpha=64").set("lora_dropout=0").set("learning_rate=0.006").set("num_epochs=8");
    }
}

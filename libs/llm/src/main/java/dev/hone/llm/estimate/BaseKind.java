package dev.hone.llm.estimate;

import dev.hone.llm.train.TrainingRecipe;

/** How the linear modules' weights lie in memory. */
enum BaseKind {
    /** In the compute type. */
    PLAIN,
    INT8,
    NF4,
    /** f32 masters that train themselves. */
    TRAINED;

    /** @param linearBytes all linear modules in bf16; a small NF4 base is rounded once and kept in the compute type */
    static BaseKind of(TrainingRecipe recipe, long linearBytes) {
        return switch (recipe.method()) {
            case "full" -> TRAINED;
            case "lora" -> recipe.loadIn8bit() ? INT8 : PLAIN;
            default -> linearBytes < Costs.KEEP_DEQUANTIZED_BELOW ? PLAIN : NF4;
        };
    }

    /** @param width bytes of the compute type */
    double bytesPerWeight(int width) {
        return switch (this) {
            case PLAIN -> width;
            case INT8 -> Costs.INT8;
            case NF4 -> Costs.NF4;
            case TRAINED -> Costs.F32;
        };
    }

    /** Whether a second form in the compute type is made for every product. */
    boolean isConverted(int width) {
        return this == INT8 || this == NF4 || this == TRAINED && width != Costs.F32;
    }
}

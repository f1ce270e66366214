package dev.hone.llm.estimate;

import dev.hone.llm.lora.LoraBase;
import dev.hone.llm.train.TrainingRecipe;

/** How the linear modules' weights lie in memory. */
enum BaseKind {
    /** In the compute type. */
    PLAIN,
    INT8,
    NF4,
    /** f32 masters that train themselves. */
    TRAINED;

    /** @param linearBytes all linear modules in bf16; a small rounded base is unpacked once and kept in the compute type */
    static BaseKind of(TrainingRecipe recipe, long linearBytes) {
        return switch (recipe.method()) {
            case "full" -> TRAINED;
            case "lora" -> recipe.loadIn8bit() && linearBytes >= LoraBase.UNPACK_ONCE_BELOW ? INT8 : PLAIN;
            default -> linearBytes < LoraBase.UNPACK_ONCE_BELOW ? PLAIN : NF4;
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

    /** Whether it is unpacked layer by layer, always into the same memory. */
    boolean isUnpacked() {
        return this == INT8 || this == NF4;
    }
}

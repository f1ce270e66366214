package dev.hone.llm.quant;

import dev.hone.llm.layout.Layout;
import dev.hone.llm.rounding.QuantizationFailed;
import java.nio.file.Path;
import java.util.List;

/**
 * What to merge, round and compare, and where to.
 *
 * @param baseModel model directory
 * @param adapter PEFT directory, or whole weights; the same as {@code baseModel} where a plain model is quantized as it is
 * @param schemes names, see {@link Scheme}; with a budget the smallest that stays within it is taken
 * @param groupSize weights that share a scale in schemes of four bits that do not say
 * @param rows where calibration and comparison read
 * @param layout how integer schemes are written
 * @param quantizeEmbeddings whether the embedding is rounded to int8, an output for an output, too; with a tied head it is the head
 * @param quantizeHead whether the head is rounded as the linear modules are
 * @param exports further files of the merged model: bf16, gguf-f16, gguf-q8_0, gguf-q4_0, gguf-q4_k or gguf-q6_k
 * @param qat null: schemes of the method qat are refused
 * @param output gets a directory per scheme and export, and report.json
 */
public record QuantizationSpec(
        Path baseModel,
        Path adapter,
        List<String> schemes,
        int groupSize,
        Rows rows,
        Layout layout,
        boolean quantizeEmbeddings,
        boolean quantizeHead,
        List<String> exports,
        Budget budget,
        Qat qat,
        Path output) {
    /**
     * @param calibration canonical rows (JSONL) that schemes may look at, the run's own; null: none
     * @param calibrationRows how many of them; 0 switches calibration off
     * @param heldOut canonical rows that models are compared on, which no scheme has seen; null: nothing is compared
     * @param heldOutTokens how many tokens of them at most
     */
    public record Rows(Path calibration, int calibrationRows, Path heldOut, int heldOutTokens) {
        public static final Rows NONE = new Rows(null, 0, null, 0);

        boolean readsNothing() {
            return calibration == null && heldOut == null;
        }
    }

    public QuantizationSpec {
        schemes = List.copyOf(schemes);
        exports = List.copyOf(exports);
        if (schemes.isEmpty() && exports.isEmpty()) {
            throw new QuantizationFailed("no_schemes", "Expected at least one quantization scheme, found none. Name one like int8, int4-gptq or w8a8-smoothquant.");
        }
        if (groupSize < 8 || groupSize % 8 != 0) {
            throw new QuantizationFailed("group_size", "Expected a group size that is a multiple of 8, as eight codes share a word, found " + groupSize + ".");
        }
    }

    /** For plain copies, which have nothing to round beside. */
    QuantizationSpec withoutHead() {
        return new QuantizationSpec(baseModel, adapter, schemes, groupSize, rows, layout, false, false, exports, budget, qat, output);
    }
}

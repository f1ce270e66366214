package dev.hone.llm.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/**
 * A weight {@code X.weight} as bitsandbytes serializes four bits: {@code X.weight} U8 [n/2, 1], two codes a byte with the
 * earlier one in the high half, row-major; {@code X.weight.quant_map} F32 [16], the values of the codes;
 * {@code X.weight.absmax}, what each block of them is multiplied by, F32, or U8 with
 * {@code X.weight.nested_quant_map} F32 [256] and {@code X.weight.nested_absmax} F32, and an offset that is added;
 * {@code X.weight.quant_state.bitsandbytes__nf4} U8, a JSON text with shape, block sizes and that offset.
 *
 * @see <a href="https://github.com/bitsandbytes-foundation/bitsandbytes">bitsandbytes</a>
 */
final class BitsAndBytes {
    static final String STATE = ".quant_state.bitsandbytes__";
    static final String MAP = ".quant_map";
    static final String ABSMAX = ".absmax";
    static final String NESTED_MAP = ".nested_quant_map";
    static final String NESTED_ABSMAX = ".nested_absmax";
    private static final List<String> TYPES = List.of("nf4", "fp4");

    private BitsAndBytes() {}

    /** Whether a plain name, such as {@code X.weight}, is stored as codes. */
    static boolean holds(SafetensorsFile file, String name) {
        return TYPES.stream().anyMatch(type -> file.contains(name + STATE + type));
    }

    static StoredMatrix matrix(SafetensorsFile file, String name) {
        String type = TYPES.stream().filter(t -> file.contains(name + STATE + t)).findFirst().orElseThrow();
        JsonNode state = Json.parse(file.segment(name + STATE + type).toArray(ValueLayout.JAVA_BYTE), Path.of(name + STATE + type));
        int rows = state.path("shape").path(0).asInt();
        int columns = state.path("shape").path(1).asInt();
        int block = state.path("blocksize").asInt();
        if (rows == 0 || columns == 0 || block == 0 || 2 * file.info(name).elements() != (long) rows * columns) {
            throw new FormatException("Expected shape and blocksize in " + name + STATE + type + " that fit " + file.info(name).elements() + " bytes of codes, found " + state + ".");
        }
        return new Blocks(rows, columns, file.segment(name), file.floats(name + MAP), block, maxima(file, name, state));
    }

    private static float[] maxima(SafetensorsFile file, String name, JsonNode state) {
        if (!file.contains(name + NESTED_ABSMAX)) {
            return file.floats(name + ABSMAX);
        }
        byte[] codes = file.segment(name + ABSMAX).toArray(ValueLayout.JAVA_BYTE);
        float[] map = file.floats(name + NESTED_MAP);
        float[] scales = file.floats(name + NESTED_ABSMAX);
        float offset = (float) state.path("nested_offset").asDouble();
        int block = state.path("nested_blocksize").asInt(256);
        float[] maxima = new float[codes.length];
        for (int i = 0; i < maxima.length; i++) {
            maxima[i] = map[codes[i] & 0xFF] * scales[i / block] + offset;
        }
        return maxima;
    }

    private record Blocks(int rows, int columns, MemorySegment codes, float[] map, int block, float[] maxima) implements StoredMatrix {
        @Override
        public void floats(long first, float[] into) {
            for (int i = 0; i < into.length; i++) {
                long at = first + i;
                byte pair = codes.get(ValueLayout.JAVA_BYTE, at / 2);
                into[i] = map[at % 2 == 0 ? pair >> 4 & 0xF : pair & 0xF] * maxima[(int) (at / block)];
            }
        }
    }
}

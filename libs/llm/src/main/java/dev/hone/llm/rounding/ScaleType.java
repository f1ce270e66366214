package dev.hone.llm.rounding;

import dev.hone.llm.format.FloatCodec;

/** What the scales of a matrix are stored as; codes are chosen for the scale as the file will hold it. */
public enum ScaleType {
    F32(32) {
        @Override
        public float round(float scale) {
            return scale;
        }
    },
    BF16(16) {
        @Override
        public float round(float scale) {
            return FloatCodec.roundToBf16(scale);
        }
    },
    F16(16) {
        /** Stays finite: what the type cannot hold becomes its largest value. */
        @Override
        public float round(float scale) {
            return Float.float16ToFloat(Float.floatToFloat16(Math.min(scale, 65504f)));
        }
    };

    private final int bits;

    ScaleType(int bits) {
        this.bits = bits;
    }

    public int bits() {
        return bits;
    }

    /** The nearest scale that the type holds; 0 for one that is too small for it. */
    public abstract float round(float scale);
}

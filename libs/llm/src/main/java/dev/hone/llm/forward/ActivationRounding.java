package dev.hone.llm.forward;

/** Rounding of a row of activations to int8, as models of w8a8 and w4a8 read them: scale max|x| / 127, ties to the even code. */
final class ActivationRounding {
    private ActivationRounding() {}

    static void apply(float[] x, int from, int width, float[] y) {
        float most = 0;
        for (int i = from; i < from + width; i++) {
            most = Math.max(most, Math.abs(x[i]));
        }
        float scale = most == 0 ? 1 : most / 127;
        for (int i = from; i < from + width; i++) {
            y[i] = Math.clamp((float) Math.rint(x[i] / scale), -127f, 127f) * scale;
        }
    }
}

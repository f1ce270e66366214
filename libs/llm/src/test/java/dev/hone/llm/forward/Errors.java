package dev.hone.llm.forward;

/** How far two arrays are from each other. */
final class Errors {
    private Errors() {}

    static double rootMeanSquare(float[] expected, float[] found) {
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            sum += Math.pow((double) expected[i] - found[i], 2);
        }
        return Math.sqrt(sum / expected.length);
    }
}

package dev.hone.cli.plan;

/**
 * A model as one square matrix, as lectures on LoRA draw it: n x n weights, of which rank r trains 2·n·r. A check of the
 * order of magnitude beside the real shapes.
 *
 * @param weights n x n
 */
record IdealMatrix(String name, double weights) {
    static final IdealMatrix[] OF_LECTURES = {
        new IdealMatrix("7B", 7e9), new IdealMatrix("13B", 13e9), new IdealMatrix("70B", 70e9), new IdealMatrix("180B", 180e9)
    };

    double trained(int rank) {
        return 2 * Math.sqrt(weights) * rank;
    }

    /** {@code 167K}, {@code 3M}: rounded to whole thousands or millions. */
    static String shortened(double count) {
        return count < 1e6 ? Math.round(count / 1e3) + "K" : Math.round(count / 1e6) + "M";
    }
}

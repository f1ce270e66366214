package dev.hone.cli.run;

/** A share of something, drawn. */
public final class ProgressBar {
    private ProgressBar() {}

    /** @param share 0 to 1; what lies outside is cut off */
    public static String draw(double share, int width) {
        int full = (int) Math.round(Math.clamp(share, 0, 1) * width);
        return "█".repeat(full) + "░".repeat(width - full);
    }
}

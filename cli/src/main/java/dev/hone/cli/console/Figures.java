package dev.hone.cli.console;

import java.time.Duration;
import java.util.Locale;

/** Numbers as people read them, the same on every machine whatever its locale. */
public final class Figures {
    private static final String[] BYTE_UNITS = {"B", "kB", "MB", "GB", "TB"};

    private Figures() {}

    /** {@code 1,234,567}. */
    public static String whole(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Fixed decimals; {@code -} for what was not measured. */
    public static String decimal(double value, int decimals) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%,." + decimals + "f", value) : "-";
    }

    /** A share from 0 to 1 as {@code 12.3 %}. */
    public static String percent(double share) {
        return Double.isFinite(share) ? String.format(Locale.ROOT, "%.1f %%", share * 100) : "-";
    }

    /** {@code 0:42}, {@code 3:05}, {@code 2:00:01}. */
    public static String duration(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        return seconds < 3600
                ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }

    /** Decimal units, one decimal: {@code 11.6 MB}. */
    public static String bytes(double bytes) {
        int unit = 0;
        while (bytes >= 1000 && unit < BYTE_UNITS.length - 1) {
            bytes /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, BYTE_UNITS[unit]);
    }
}

package dev.hone.cli.work;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Sizes as people write them: {@code 300MB}, {@code 1.5 GiB}, {@code 4096}. */
public final class ByteSize implements ITypeConverter<Double> {
    private static final Pattern FORM = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([a-z]*)");
    private static final Map<String, Double> UNITS = Map.of("", 1.0, "b", 1.0, "kb", 1e3, "mb", 1e6, "gb", 1e9, "tb", 1e12, "kib", 0x1p10, "mib", 0x1p20, "gib", 0x1p30, "tib", 0x1p40);

    @Override
    public Double convert(String text) {
        Matcher form = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!form.matches() || !UNITS.containsKey(form.group(2))) {
            throw new TypeConversionException("Expected a size like 300MB, 1.5GB or 512MiB, found \"" + text + "\".");
        }
        return Double.parseDouble(form.group(1)) * UNITS.get(form.group(2));
    }
}

package dev.hone.images;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Jars that every service has, by name without version. A list in a file rather than a comparison of the five, so that the image of
 * one service depends on that service alone and can be built alone; a test holds the list to what the five have in common.
 */
final class CommonLibraries {
    static final String FILE = "common-libraries.txt";
    private static final Pattern VERSION = Pattern.compile("-\\d[^/]*$");
    private final Set<String> names;

    private CommonLibraries(Set<String> names) {
        this.names = names;
    }

    static CommonLibraries read() {
        try (InputStream file = CommonLibraries.class.getResourceAsStream(FILE)) {
            return new CommonLibraries(new String(file.readAllBytes(), StandardCharsets.UTF_8).lines().collect(Collectors.toUnmodifiableSet()));
        } catch (IOException e) {
            throw new ImageException("Cannot read the list of common libraries: " + e.getMessage());
        }
    }

    boolean has(String jar) {
        return names.contains(name(jar));
    }

    /** {@code io.netty.netty-buffer} of {@code io.netty.netty-buffer-4.1.130.Final.jar}. */
    static String name(String jar) {
        return VERSION.matcher(jar).replaceFirst("");
    }
}

package dev.hone.images;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The jars in which DJL carries native libraries, and which of these this platform loads. In an image the libraries lie unpacked, as
 * DJL would have unpacked them at the first start of every pod, and the jars keep the rest.
 */
enum NativeJars {
    /** libtorch: {@code pytorch/<flavor>/<classifier>/}, whose properties say which flavor it is. */
    ENGINE("ai.djl.pytorch.pytorch-native-", Share.ENGINE) {
        @Override
        String folder(Engine engine) {
            return "pytorch/" + engine.flavor() + "/" + PLATFORM + "/";
        }
    },
    /** DJL's bridge to it, one per flavor. */
    BRIDGE("ai.djl.pytorch.pytorch-jni-", Share.ENGINE) {
        @Override
        String folder(Engine engine) {
            return "jnilib/" + PLATFORM + "/" + engine.flavor() + "/";
        }
    },
    /** The tokenizer runs on the processor whatever the engine runs on. */
    TOKENIZER("ai.djl.huggingface.tokenizers-", Share.TOKENIZER) {
        @Override
        String folder(Engine engine) {
            return "native/lib/" + PLATFORM + "/cpu/";
        }
    };

    private static final String PLATFORM = "linux-x86_64";
    private static final Pattern LIBRARY = Pattern.compile(".*\\.(so(\\.\\d+)*|dylib|dll)");
    private final String prefix;
    private final Share share;

    NativeJars(String prefix, Share share) {
        this.prefix = prefix;
        this.share = share;
    }

    /** Where in the jar the libraries of this platform lie. */
    abstract String folder(Engine engine);

    Share share() {
        return share;
    }

    boolean is(Path jar) {
        return jar.getFileName().toString().startsWith(prefix);
    }

    static boolean any(Path jar) {
        return Stream.of(values()).anyMatch(kind -> kind.is(jar));
    }

    static boolean isLibrary(ZipEntry entry) {
        return LIBRARY.matcher(entry.getName()).matches();
    }

    /** The libraries of this platform in the jar, by file name. */
    Map<String, ZipEntry> libraries(ZipFile jar, Engine engine) {
        Map<String, ZipEntry> found = new TreeMap<>();
        String folder = folder(engine);
        jar.stream().filter(entry -> entry.getName().startsWith(folder) && isLibrary(entry))
                .forEach(entry -> found.put(entry.getName().substring(folder.length()), entry));
        if (found.isEmpty()) {
            throw new ImageException("Expected native libraries in " + folder + " of " + jar.getName() + ", found none: DJL's versions in the root pom do not belong together, or the engine is not for this platform.");
        }
        return found;
    }

    /** The flavor that a jar of libtorch names: cpu, or cu and CUDA's version. */
    static String flavor(ZipFile engineJar) throws IOException {
        ZipEntry entry = engineJar.getEntry("native/lib/pytorch.properties");
        if (entry == null) {
            throw new ImageException("Expected native/lib/pytorch.properties in " + engineJar.getName() + ", found none.");
        }
        Properties properties = new Properties();
        try (var in = engineJar.getInputStream(entry)) {
            properties.load(in);
        }
        return properties.getProperty("flavor");
    }
}

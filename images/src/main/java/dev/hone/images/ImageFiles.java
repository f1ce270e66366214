package dev.hone.images;

import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which file of a service lies where in its image, and in which layer.
 *
 * @param layers by the path in the image; a layer that would be empty is not there
 */
record ImageFiles(Engine engine, Map<Share, Map<String, Path>> layers) {
    /** @param work a folder to take DJL's jars apart in; what lies there is used again */
    static ImageFiles of(Packaged packaged, CommonLibraries common, Path work) {
        Engine engine = Engine.of(packaged.files().values());
        Map<Share, Map<String, Path>> layers = new EnumMap<>(Share.class);
        packaged.files().forEach((name, file) -> {
            Path kept = isDjl(file, engine) ? unpack(file, engine, work, layers) : file;
            put(layers, share(name, common), ContainerPaths.APP + "/" + name, kept);
        });
        return new ImageFiles(engine, Collections.unmodifiableMap(layers));
    }

    private static Share share(String name, CommonLibraries common) {
        if (!name.startsWith("lib/")) {
            return Share.SERVICE;
        }
        String jar = name.substring(name.lastIndexOf('/') + 1);
        if (jar.startsWith("dev.hone.") || jar.startsWith("hone-")) {
            return Share.HONE;
        }
        return common.has(jar) ? Share.COMMON_LIBRARIES : Share.OTHER_LIBRARIES;
    }

    /** The bridge without an engine is left as it is: nothing loads it. */
    private static boolean isDjl(Path file, Engine engine) {
        return NativeJars.TOKENIZER.is(file) || engine.isThere() && NativeJars.any(file);
    }

    private static Path unpack(Path jar, Engine engine, Path work, Map<Share, Map<String, Path>> layers) {
        NativeJars kind = List.of(NativeJars.values()).stream().filter(each -> each.is(jar)).findFirst().orElseThrow();
        Unpacked unpacked = Unpacked.of(jar, kind, engine, work);
        String folder = (kind.share() == Share.ENGINE ? ContainerPaths.ENGINE : ContainerPaths.TOKENIZER).toString();
        unpacked.libraries().forEach((name, file) -> put(layers, kind.share(), folder + "/" + name, file));
        return unpacked.jar();
    }

    private static void put(Map<Share, Map<String, Path>> layers, Share share, String inside, Path file) {
        layers.computeIfAbsent(share, any -> new TreeMap<>()).put(inside, file);
    }
}

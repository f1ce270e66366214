package dev.hone.images;

import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import com.google.cloud.tools.jib.api.buildplan.Port;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The image of one service or of the command line: its layers, what it starts, as whom and with which variables.
 *
 * @param emptyFolder any folder: it stands for the folders that the image makes
 */
record ServiceImage(Packaged packaged, ImageFiles files, Release release, String base, Path emptyFolder) {
    /** A user that no base image has, in the group of root: what an arbitrary user of OpenShift is. Files are read by all. */
    static final String USER = "10001:0";
    /**
     * Read by every {@code java} that starts in the image, the service's and a Job's alike, so that no manifest repeats them;
     * JAVA_TOOL_OPTIONS stays free for operators. DJL reaches libtorch by JNI and never asks its hub for anything.
     */
    static final String JAVA_OPTIONS = "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Dai.djl.offline=true";
    /** One date for all files: that of a file says nothing, and would make every build another image. */
    private static final Instant DATE = Instant.ofEpochSecond(1);
    private static final FilePermissions READ = FilePermissions.fromOctalString("644");
    private static final FilePermissions SHARED_FOLDER = FilePermissions.fromOctalString("775");
    private static final String ROOT = "0:0";

    JibContainerBuilder builder() {
        return Base.builder(base).setFormat(ImageFormat.Docker).setFileEntriesLayers(layers())
                .setEntrypoint(packaged.entryPoint()).setProgramArguments(List.of()).setUser(USER).setWorkingDirectory(ContainerPaths.SCRATCH)
                .setExposedPorts(packaged.port().stream().mapToObj(Port::tcp).collect(Collectors.toSet()))
                .setEnvironment(environment()).setLabels(release.labels(packaged.name(), files.engine(), base)).setCreationTime(release.created());
    }

    Map<String, String> environment() {
        Map<String, String> all = new TreeMap<>(Map.of(
                "JDK_JAVA_OPTIONS", JAVA_OPTIONS,
                "HONE_WORK_DIR", ContainerPaths.SCRATCH.resolve("work").toString(),
                "DJL_CACHE_DIR", ContainerPaths.SCRATCH.resolve("djl").toString(),
                "HOME", ContainerPaths.SCRATCH.toString()));
        if (files.layers().containsKey(Share.TOKENIZER)) {
            all.put("RUST_LIBRARY_PATH", ContainerPaths.TOKENIZER.resolve("libtokenizers.so").toString());
        }
        if (files.engine().isThere()) {
            all.put("PYTORCH_LIBRARY_PATH", ContainerPaths.ENGINE.toString());
        }
        if (files.engine().isCuda()) {
            all.put("NVIDIA_DRIVER_CAPABILITIES", "compute,utility");
        }
        return all;
    }

    List<FileEntriesLayer> layers() {
        return files.layers().entrySet().stream().map(layer -> layer(layer.getKey(), layer.getValue())).toList();
    }

    private FileEntriesLayer layer(Share share, Map<String, Path> contents) {
        FileEntriesLayer.Builder layer = FileEntriesLayer.builder().setName(share.name());
        if (share == Share.SERVICE) {
            layer.addEntry(emptyFolder, ContainerPaths.SCRATCH, SHARED_FOLDER, DATE, ROOT);
        }
        contents.forEach((inside, file) -> layer.addEntry(file, AbsoluteUnixPath.get(inside), READ, DATE, ROOT));
        return layer.build();
    }
}

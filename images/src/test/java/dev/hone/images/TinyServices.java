package dev.hone.images;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A checkout with packaged services as small as they can be: each jar has the entries that decide where it goes. */
record TinyServices(Path checkout) {
    static final String COMMON = "io.netty.netty-buffer-4.1.130.Final.jar";
    static final String OTHER = "io.fabric8.kubernetes-client-7.4.0.jar";
    static final String HONE = "dev.hone.hone-events-0.1.0.jar";
    static final String TORCH = "ai.djl.pytorch.pytorch-native-cpu-2.7.1-linux-x86_64.jar";
    static final String BRIDGE = "ai.djl.pytorch.pytorch-jni-2.7.1-0.35.1.jar";
    static final String TOKENIZERS = "ai.djl.huggingface.tokenizers-0.35.1.jar";

    /** A service that computes. */
    TinyServices computing(String name, int port) throws IOException {
        packaged(name, port);
        return jar(name, TORCH, Map.of("native/lib/pytorch.properties", "version=2.7.1-1\nflavor=cpu\n", "pytorch/cpu/linux-x86_64/libtorch.so", "torch",
                "pytorch/cpu/linux-x86_64/libgomp-98b21ff3.so.1", "gomp"))
                .jar(name, BRIDGE, Map.of("jnilib/pytorch.properties", "jni_version=2.7.1\n", "jnilib/linux-x86_64/cpu/libdjl_torch.so", "bridge",
                        "jnilib/linux-x86_64/cu128/libdjl_torch.so", "bridge to CUDA", "jnilib/osx-aarch64/cpu/libdjl_torch.dylib", "bridge"));
    }

    /** A service that reads text only. */
    TinyServices packaged(String name, int port) throws IOException {
        Path module = checkout.resolve("services").resolve(name);
        write(module.resolve("src/main/resources/application.properties"), "quarkus.http.port=" + port + "\n");
        Path app = app(name);
        write(app.resolve("quarkus-run.jar"), "run " + name);
        write(app.resolve("quarkus-app-dependencies.txt"), "for other tools");
        write(app.resolve("quarkus/quarkus-application.dat"), "index of " + name);
        write(app.resolve("app/hone-" + name + "-0.1.0.jar"), name);
        write(app.resolve("lib/boot/io.quarkus.quarkus-bootstrap-runner-3.31.3.jar"), "boot");
        write(app.resolve("lib/main").resolve(COMMON), "common");
        write(app.resolve("lib/main").resolve(OTHER), "what some have");
        write(app.resolve("lib/main").resolve(HONE), "events");
        return jar(name, TOKENIZERS, Map.of("native/lib/tokenizers.properties", "version=0.21.0-0.35.1\n", "ai/djl/Tokenizer.class", "class",
                "native/lib/linux-x86_64/cpu/libtokenizers.so", "tokenizer", "native/lib/win-x86_64/cpu/tokenizers.dll", "tokenizer"));
    }

    /** What a checkout has for the command line, and some that its image leaves out. */
    TinyServices commandLine() throws IOException {
        for (String file : List.of("cli/target/hone-cli-0.1.0.jar", "cli/target/lib/picocli-4.7.7.jar", "cli/target/lib/hone-events-0.1.0.jar", "cli/target/lib/pytorch-native-cpu-2.7.1-linux-x86_64.jar",
                "examples/support.jsonl", "models/hone-nano/config.json", "models/hone-nano/recipe/corpus.txt")) {
            write(checkout.resolve(file), file);
        }
        return this;
    }

    Path app(String name) {
        return checkout.resolve("services").resolve(name).resolve("target/quarkus-app");
    }

    /** Files bear the dates of their build, which an image must not. */
    TinyServices date(Instant time) throws IOException {
        try (Stream<Path> all = Files.walk(checkout)) {
            for (Path path : all.toList()) {
                Files.setLastModifiedTime(path, FileTime.from(time));
            }
        }
        return this;
    }

    private TinyServices jar(String service, String name, Map<String, String> entries) throws IOException {
        Path jar = app(service).resolve("lib/main").resolve(name);
        Files.createDirectories(jar.getParent());
        try (OutputStream file = Files.newOutputStream(jar); ZipOutputStream out = new ZipOutputStream(file)) {
            for (Map.Entry<String, String> entry : new TreeMap<>(entries).entrySet()) {
                ZipEntry made = new ZipEntry(entry.getKey());
                made.setTime(0);
                out.putNextEntry(made);
                out.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
                out.closeEntry();
            }
        }
        return this;
    }

    static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}

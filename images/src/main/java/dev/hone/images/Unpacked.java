package dev.hone.images;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * One of DJL's jars, taken apart once and kept by its content: libraries as files, and the jar without them under its own name. The
 * jar is stored, not deflated, and its entries bear one date, so that the same jar always becomes the same bytes.
 *
 * @param jar what is left of the jar
 * @param libraries by the path the image gives them: in one flat folder
 */
record Unpacked(Path jar, Map<String, Path> libraries) {
    private static final LocalDateTime DATE = LocalDateTime.of(2020, 1, 1, 0, 0);

    static Unpacked of(Path jar, NativeJars kind, Engine engine, Path work) {
        Path folder = work.resolve(Digests.sha256(jar).substring(0, 16) + "-" + engine.flavor());
        Path rest = folder.resolve(jar.getFileName());
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            Map<String, ZipEntry> wanted = kind.libraries(zip, engine);
            Map<String, Path> libraries = new TreeMap<>();
            wanted.keySet().forEach(name -> libraries.put(name, folder.resolve("lib").resolve(name)));
            if (!Files.exists(rest)) {
                for (Map.Entry<String, ZipEntry> library : wanted.entrySet()) {
                    extract(zip, library.getValue(), libraries.get(library.getKey()));
                }
                Path part = folder.resolve("rest.part");
                writeRest(zip, part);
                Files.move(part, rest, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
            return new Unpacked(rest, Collections.unmodifiableMap(libraries));
        } catch (IOException e) {
            throw new ImageException("Cannot take " + jar + " apart into " + folder + ": " + e.getMessage());
        }
    }

    private static void extract(ZipFile zip, ZipEntry entry, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        try (InputStream in = zip.getInputStream(entry)) {
            Files.copy(in, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void writeRest(ZipFile zip, Path to) throws IOException {
        List<? extends ZipEntry> kept = zip.stream().filter(entry -> !entry.isDirectory() && !NativeJars.isLibrary(entry)).toList();
        try (ZipOutputStream out = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(to)))) {
            out.setMethod(ZipOutputStream.STORED);
            for (ZipEntry entry : kept) {
                ZipEntry copy = new ZipEntry(entry.getName());
                copy.setTimeLocal(DATE);
                copy.setSize(entry.getSize());
                copy.setCrc(entry.getCrc());
                out.putNextEntry(copy);
                copyInto(out, zip, entry);
                out.closeEntry();
            }
        }
    }

    private static void copyInto(OutputStream out, ZipFile zip, ZipEntry entry) throws IOException {
        try (InputStream in = zip.getInputStream(entry)) {
            in.transferTo(out);
        }
    }
}

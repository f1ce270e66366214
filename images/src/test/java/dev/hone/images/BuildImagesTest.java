package dev.hone.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Images of services as small as they can be, on no base and without a registry. */
class BuildImagesTest {
    @TempDir
    Path folder;

    private final StringWriter said = new StringWriter();

    @Test
    void givenAServiceThatComputes_whenItsImageIsBuilt_thenWhatChangesLeastLiesLowest() throws IOException {
        BuiltImage image = build(checkout("a").computing("trainer", 8082), "trainer");
        assertEquals(Stream.of(Share.values()).map(Share::name).toList(), image.names());
        assertEquals(List.of("/opt/hone/native/torch/libdjl_torch.so", "/opt/hone/native/torch/libgomp-98b21ff3.so.1", "/opt/hone/native/torch/libtorch.so"), image.files(Share.ENGINE));
        assertEquals(List.of("/opt/hone/native/tokenizers/libtokenizers.so"), image.files(Share.TOKENIZER));
        assertTrue(image.files(Share.COMMON_LIBRARIES).contains("/opt/hone/app/lib/main/" + TinyServices.COMMON), "a jar that all services have");
        assertTrue(image.files(Share.COMMON_LIBRARIES).contains("/opt/hone/app/lib/boot/io.quarkus.quarkus-bootstrap-runner-3.31.3.jar"), "what Quarkus starts by");
        assertTrue(image.files(Share.OTHER_LIBRARIES).contains("/opt/hone/app/lib/main/" + TinyServices.OTHER), "a jar that some services have");
        assertEquals(List.of("/opt/hone/app/lib/main/" + TinyServices.HONE), image.files(Share.HONE));
        assertEquals(List.of("/opt/hone/app/app/hone-trainer-0.1.0.jar", "/opt/hone/app/quarkus-run.jar", "/opt/hone/app/quarkus/quarkus-application.dat"), image.files(Share.SERVICE));
    }

    @Test
    void givenTheSameFilesOfOtherDatesElsewhere_whenBothAreBuilt_thenTheyAreOneImage() throws IOException {
        build(checkout("a").computing("trainer", 8082).date(Instant.ofEpochSecond(1_000_000)), "trainer");
        build(checkout("b").computing("trainer", 8082).date(Instant.ofEpochSecond(2_000_000)), "trainer");
        List<String> lines = said.toString().lines().toList();
        assertTrue(lines.getFirst().matches("hone/trainer:0\\.1\\.0 sha256:[0-9a-f]{64}"), lines::toString);
        assertEquals(lines.getFirst(), lines.getLast());
    }

    @Test
    void givenTwoServices_whenTheyAreBuilt_thenTheyShareEveryLayerButTheirOwn() throws IOException {
        TinyServices services = checkout("a").computing("trainer", 8082).computing("serving", 8085);
        BuiltImage trainer = build(services, "trainer");
        BuiltImage serving = build(services, "serving");
        for (Share share : Share.values()) {
            if (share != Share.SERVICE) {
                assertEquals(trainer.digest(share), serving.digest(share), share::name);
            }
        }
        assertNotEquals(trainer.digest(Share.SERVICE), serving.digest(Share.SERVICE));
    }

    @Test
    void givenAServiceWithoutAnEngine_whenItsImageIsBuilt_thenItCarriesNoneAndSharesTheRest() throws IOException {
        TinyServices services = checkout("a").packaged("ingest", 8081).computing("trainer", 8082);
        BuiltImage ingest = build(services, "ingest");
        assertFalse(ingest.names().contains(Share.ENGINE.name()));
        assertFalse(ingest.environment().containsKey("PYTORCH_LIBRARY_PATH"));
        BuiltImage trainer = build(services, "trainer");
        assertEquals(trainer.digest(Share.TOKENIZER), ingest.digest(Share.TOKENIZER));
        assertEquals(trainer.digest(Share.COMMON_LIBRARIES), ingest.digest(Share.COMMON_LIBRARIES));
    }

    @Test
    void givenAnImage_whenItStarts_thenItIsNotRootAndFindsItsNativesUnpacked() throws IOException {
        BuiltImage image = build(checkout("a").computing("trainer", 8082), "trainer");
        JsonNode config = image.config().get("config");
        assertEquals("10001:0", config.get("User").asText());
        assertEquals("[\"java\",\"-Djava.util.logging.manager=org.jboss.logmanager.LogManager\",\"-jar\",\"/opt/hone/app/quarkus-run.jar\"]", config.get("Entrypoint").toString());
        assertEquals("{\"8082/tcp\":{}}", config.get("ExposedPorts").toString());
        assertEquals("/opt/hone/native/torch", image.environment().get("PYTORCH_LIBRARY_PATH"));
        assertEquals("/opt/hone/native/tokenizers/libtokenizers.so", image.environment().get("RUST_LIBRARY_PATH"));
        assertTrue(image.environment().get("JDK_JAVA_OPTIONS").contains("-Dai.djl.offline=true"), "no download at run time");
        JsonNode labels = config.get("Labels");
        assertEquals("0.1.0", labels.get("org.opencontainers.image.version").asText());
        assertEquals("Apache-2.0", labels.get("org.opencontainers.image.licenses").asText());
        assertEquals("abc123", labels.get("org.opencontainers.image.revision").asText());
        assertEquals("cpu", labels.get("dev.hone.engine").asText());
        assertEquals("2026-01-02T03:04:05Z", image.config().get("created").asText());
    }

    @Test
    void givenAnImage_whenAnyUserOfRootsGroupRunsIt_thenItReadsAllFilesAndWritesToScratchAlone() throws IOException {
        BuiltImage image = build(checkout("a").computing("trainer", 8082), "trainer");
        List<TarArchiveEntry> entries = image.entries().toList();
        assertEquals(List.of(), entries.stream().filter(entry -> entry.getLongUserId() != 0 || entry.getLongGroupId() != 0).toList());
        assertEquals(List.of(), entries.stream().filter(entry -> entry.isFile() && (entry.getMode() & 0777) != 0644).map(TarArchiveEntry::getName).toList());
        assertEquals(List.of("scratch/"), entries.stream().filter(entry -> entry.isDirectory() && (entry.getMode() & 0020) != 0).map(TarArchiveEntry::getName).toList());
        assertEquals(List.of(), entries.stream().filter(entry -> entry.getLastModifiedTime().toInstant().getEpochSecond() > 1).map(TarArchiveEntry::getName).toList());
    }

    @Test
    void givenAJarOfNatives_whenItIsTakenApart_thenWhatIsLeftHasAllButThem() throws IOException {
        TinyServices services = checkout("a").computing("trainer", 8082);
        ImageFiles files = ImageFiles.of(Packaged.of(services.checkout(), "trainer"), CommonLibraries.read(), folder.resolve("work"));
        Path left = files.layers().get(Share.COMMON_LIBRARIES).get("/opt/hone/app/lib/main/" + TinyServices.TOKENIZERS);
        try (var jar = new java.util.zip.ZipFile(left.toFile())) {
            assertEquals(List.of("ai/djl/Tokenizer.class", "native/lib/tokenizers.properties"), jar.stream().map(java.util.zip.ZipEntry::getName).toList());
        }
        assertEquals("tokenizer", Files.readString(files.layers().get(Share.TOKENIZER).get("/opt/hone/native/tokenizers/libtokenizers.so")));
        assertEquals("bridge", Files.readString(files.layers().get(Share.ENGINE).get("/opt/hone/native/torch/libdjl_torch.so")), "of the flavor that libtorch has");
    }

    @Test
    void givenTheCommandLine_whenItsImageIsBuilt_thenItHasItsExamplesAndNoEngine() throws IOException {
        BuiltImage image = build(checkout("a").commandLine(), "cli");
        assertEquals(List.of(Share.OTHER_LIBRARIES.name(), Share.HONE.name(), Share.SERVICE.name()), image.names());
        assertEquals(List.of("/opt/hone/app/lib/picocli-4.7.7.jar"), image.files(Share.OTHER_LIBRARIES));
        assertEquals(List.of("/opt/hone/app/examples/support.jsonl", "/opt/hone/app/hone-cli.jar", "/opt/hone/app/models/hone-nano/config.json"), image.files(Share.SERVICE));
        assertTrue(image.config().get("config").get("Entrypoint").toString().endsWith("\"-cp\",\"/opt/hone/app/hone-cli.jar:/opt/hone/app/lib/*\",\"dev.hone.cli.Hone\"]"));
    }

    @Test
    void givenAServicePackagedForTheProcessor_whenCudaIsAskedFor_thenTheErrorSaysHowToPackageIt() throws IOException {
        assertEquals(1, run(checkout("a").computing("trainer", 8082), "trainer", "--cuda"));
        assertTrue(said.toString().contains("Expected trainer packaged for CUDA, found libtorch for cpu"), said::toString);
    }

    @Test
    void givenAServiceThatIsNotPackaged_whenItsImageIsBuilt_thenTheErrorSaysHow() throws IOException {
        TinyServices services = checkout("a").computing("trainer", 8082);
        Files.delete(services.app("trainer").resolve("quarkus-run.jar"));
        assertEquals(1, run(services, "trainer"));
        assertTrue(said.toString().contains("found no quarkus-run.jar"), said::toString);
    }

    @Test
    void givenARegistry_whenAnImageIsBuilt_thenItsNameBeginsWithIt() throws IOException {
        TinyServices services = checkout("a").packaged("ingest", 8081);
        assertEquals(0, run(services, "ingest", "--repository", "registry.example.com/hone"), said::toString);
        assertEquals(0, run(services, "ingest", "--name", "localhost:5000/mine:dev"), said::toString);
        assertTrue(said.toString().startsWith("registry.example.com/hone/ingest:0.1.0 sha256:"), said::toString);
        assertTrue(said.toString().contains("\nlocalhost:5000/mine:dev sha256:"), said::toString);
        assertEquals(1, run(services, "ingest", "trainer", "--name", "mine"));
        assertTrue(said.toString().contains("Expected one service to call mine"), said::toString);
    }

    @Test
    void givenABaseThatIsNotThere_whenAnImageIsBuilt_thenTheErrorNamesIt() throws IOException {
        assertEquals(1, run(checkout("a").computing("trainer", 8082), "trainer", "--base", "tar://" + folder.resolve("none.tar")));
        assertTrue(said.toString().contains("none.tar, found none"), said::toString);
    }

    private TinyServices checkout(String name) throws IOException {
        return new TinyServices(Files.createDirectories(folder.resolve(name)));
    }

    private BuiltImage build(TinyServices services, String service) throws IOException {
        assertEquals(0, run(services, service), said::toString);
        return BuiltImage.read(services.checkout().resolve("out").resolve(service + ".tar"));
    }

    private int run(TinyServices services, String... more) {
        List<String> arguments = new ArrayList<>(List.of("--checkout", services.checkout().toString(), "--to-folder", services.checkout().resolve("out").toString(),
                "--offline", "--revision", "abc123", "--created", "2026-01-02T03:04:05Z"));
        if (!List.of(more).contains("--base")) {
            arguments.addAll(List.of("--base", "scratch"));
        }
        arguments.addAll(List.of(more));
        CommandLine command = BuildImages.command();
        command.setOut(new PrintWriter(said, true));
        command.setErr(new PrintWriter(said, true));
        return command.execute(arguments.toArray(String[]::new));
    }
}

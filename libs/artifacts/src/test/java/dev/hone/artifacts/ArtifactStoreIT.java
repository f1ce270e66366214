package dev.hone.artifacts;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.artifacts.signing.SigningConfig;
import dev.hone.artifacts.signing.SigningKey;
import dev.hone.testkit.HoneServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories in a real S3 server, signed and not, and what becomes of those somebody else touched. */
class ArtifactStoreIT {
    private final String run = UUID.randomUUID().toString();
    private final String prefix = ArtifactLayout.adapter(run);
    private final HoneServers servers = HoneServers.start();

    @TempDir
    Path folder;

    private Path files;
    private Path trusted;
    private ArtifactStore trainer;
    private ArtifactStore reader;

    @BeforeEach
    void adapter() throws IOException {
        files = Files.createDirectory(folder.resolve("files"));
        Files.writeString(files.resolve("adapter_model.safetensors"), "weights");
        SigningKey key = SigningKey.generate();
        Path secret = Files.writeString(folder.resolve("key.pem"), key.toPem());
        trusted = Files.writeString(folder.resolve("trusted.pem"), key.trusted("trainer", Set.of("adapters/", "checkpoints/")).toPem());
        trainer = connect(new SigningConfig(Optional.of(secret), Optional.of(trusted), true));
        reader = connect(new SigningConfig(Optional.empty(), Optional.of(trusted), true));
    }

    @Test
    void givenASignedDirectory_whenItIsReadInEveryWay_thenItIsThere() throws IOException {
        ManifestRef ref = publish(trainer);
        assertEquals(run, reader.manifest(prefix).orElseThrow().id());
        assertEquals(ref, reader.ref(prefix).orElseThrow());
        reader.fetch(ref, folder.resolve("fetched"));
        assertEquals("weights", Files.readString(folder.resolve("fetched/adapter_model.safetensors")));
        assertArrayEquals("weights".getBytes(StandardCharsets.UTF_8), reader.readFile(ref.key(), "adapter_model.safetensors"));
        assertEquals(0, reader.refusedReads());
    }

    @Test
    void givenADirectoryPublishedTwice_whenNothingChanged_thenItsManifestIsTheFirst() throws IOException {
        assertEquals(publish(trainer), publish(trainer));
    }

    @Test
    void givenAnUnsignedDirectory_whenItIsReadWhereSignaturesAreRequired_thenItIsRefusedUntilItIsPublishedAgain() throws IOException {
        ManifestRef unsigned = publish(connect(SigningConfig.off()));
        for (Reading reading : List.<Reading>of(() -> reader.manifest(prefix), () -> reader.ref(prefix), () -> reader.fetch(unsigned, folder.resolve("out")),
                () -> reader.readFile(prefix, "adapter_model.safetensors"), () -> reader.openFile(prefix, "adapter_model.safetensors"))) {
            assertEquals("untrusted_artifact", assertThrows(UntrustedArtifact.class, reading::run).code());
        }
        assertEquals(5, reader.refusedReads());
        assertNotEquals(unsigned, publish(trainer));
        assertEquals(run, reader.manifest(prefix).orElseThrow().id());
    }

    @Test
    void givenAnUnsignedDirectory_whenNoSignatureIsRequired_thenItIsUsedAndCounted() throws IOException {
        publish(connect(SigningConfig.off()));
        ArtifactStore lenient = connect(new SigningConfig(Optional.empty(), Optional.of(trusted), false));
        lenient.fetch(prefix, folder.resolve("fetched"));
        assertEquals(1, lenient.unsignedReads());
    }

    @Test
    void givenASignedDirectory_whenItIsCopiedToAnotherRun_thenItIsRefusedThere() throws IOException {
        ManifestRef ref = publish(trainer);
        String other = ArtifactLayout.adapter(UUID.randomUUID().toString());
        for (String file : List.of("adapter_model.safetensors", ArtifactLayout.MANIFEST)) {
            reader.write(other + file, reader.read(ArtifactLayout.file(ref.key(), file)).orElseThrow());
        }
        assertThrows(UntrustedArtifact.class, () -> reader.fetch(other, folder.resolve("out")));
    }

    @Test
    void givenASignedDirectory_whenAFileIsReplaced_thenItIsCorruptWhicheverWayItIsRead() throws IOException {
        publish(trainer);
        reader.write(prefix + "adapter_model.safetensors", "WEIGHTS".getBytes(StandardCharsets.UTF_8));
        assertEquals("corrupt_artifact", assertThrows(CorruptArtifact.class, () -> reader.fetch(prefix, folder.resolve("out"))).code());
        assertThrows(CorruptArtifact.class, () -> reader.readFile(prefix, "adapter_model.safetensors"));
    }

    @Test
    void givenAManifestThatIsNone_whenRead_thenTheErrorNamesItAndPublishingReplacesIt() throws IOException {
        for (String text : List.of("<html>", "[]", "{\"kind\":\"adapter\",\"kind\":\"model\"}", "{} {}")) {
            reader.write(ArtifactLayout.manifest(prefix), text.getBytes(StandardCharsets.UTF_8));
            String message = assertThrows(CorruptArtifact.class, () -> reader.manifest(prefix)).getMessage();
            assertTrue(message.contains(prefix), message);
        }
        publish(trainer);
        assertEquals("adapter", reader.manifest(prefix).orElseThrow().kind());
    }

    @Test
    void givenCheckpoints_whenTheNewestIsNotSigned_thenTheOneBeforeIsRestored() throws IOException {
        Checkpoints checkpoints = trainer.checkpoints(ArtifactLayout.checkpoints(run), run, folder.resolve("restored"));
        checkpoints.save(1, files);
        connect(SigningConfig.off()).checkpoints(ArtifactLayout.checkpoints(run), run, folder.resolve("x")).save(2, files);
        assertTrue(checkpoints.fetch().isPresent());
        assertEquals(1, trainer.refusedReads());
    }

    @Test
    void givenCheckpointsThatAKilledProcessLeft_whenOthersAreSavedOrAllDeleted_thenNothingOfThemStays() throws IOException {
        String all = ArtifactLayout.checkpoints(run);
        Checkpoints checkpoints = trainer.checkpoints(all, run, folder.resolve("restored"));
        trainer.write(ArtifactLayout.checkpoint(all, 1) + "half.bin", new byte[1]);
        checkpoints.save(2, files);
        assertEquals(List.of(ArtifactLayout.checkpoint(all, 2) + "adapter_model.safetensors", ArtifactLayout.checkpoint(all, 2) + "manifest.json"), keys(all));
        trainer.write(ArtifactLayout.checkpoint(all, 3) + "half.bin", new byte[1]);
        checkpoints.deleteAll();
        assertEquals(List.of(), keys(all));
    }

    @Test
    void givenAWriterWithoutAKey_whenItConnectsWhereSignaturesAreRequired_thenItIsToldBeforeItsWork() {
        SigningConfig keyless = new SigningConfig(Optional.empty(), Optional.of(trusted), true);
        assertThrows(IllegalArgumentException.class, () -> ArtifactStore.connect(config(keyless), "trainer"));
    }

    private interface Reading {
        Object run() throws IOException;
    }

    private List<String> keys(String below) throws IOException {
        return trainer.list(below).stream().map(StoredObject::key).toList();
    }

    private ManifestRef publish(ArtifactStore store) throws IOException {
        return store.publish(prefix, files, "adapter", run, Map.of("steps", "10"));
    }

    private ArtifactStore connect(SigningConfig signing) {
        return ArtifactStore.connect(config(signing), "test");
    }

    private StoreConfig config(SigningConfig signing) {
        return new StoreConfig(servers.storeEndpoint(), servers.accessKey(), servers.secretKey(), servers.bucket()).with(Optional.empty(), signing);
    }
}

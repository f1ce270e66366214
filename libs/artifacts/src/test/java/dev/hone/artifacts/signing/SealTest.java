package dev.hone.artifacts.signing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The golden files were made by {@code golden.py} beside them: Python's cryptography, not this code. */
class SealTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KEY = "adapters/run-1/manifest.json";

    @TempDir
    Path folder;

    @Test
    void givenAManifest_whenItsSignedBytesAreMade_thenTheyAreThoseOfAnotherImplementation() throws Exception {
        assertArrayEquals(Files.readAllBytes(golden("golden-message.txt")), Seal.signed(KEY, manifest()));
    }

    @Test
    void givenAKeyOfOpenssl_whenAManifestIsSigned_thenTheSignatureIsThatOfAnotherImplementation() throws Exception {
        ObjectNode unsigned = (ObjectNode) manifest().without("signature");
        Seal seal = Seal.of(new SigningConfig(Optional.of(golden("golden.key.pem")), Optional.empty(), false));
        assertEquals(manifest(), seal.sign(KEY, unsigned));
    }

    @Test
    void givenASignatureOfAnotherImplementation_whenChecked_thenItIsBelieved() throws Exception {
        assertEquals(Seal.Verdict.SIGNED, trusting(golden("golden.pem"), true).check(KEY, manifest()));
    }

    @Test
    void givenASignedManifest_whenItLiesElsewhere_thenItIsRefused() throws Exception {
        Seal seal = trusting(golden("golden.pem"), false);
        ObjectNode manifest = manifest();
        refused("fit", () -> seal.check("adapters/run-2/manifest.json", manifest));
    }

    @Test
    void givenASignedManifest_whenAFileASizeOrAFieldOfALaterVersionChanges_thenItIsRefused() throws Exception {
        Seal seal = trusting(golden("golden.pem"), false);
        ObjectNode file = manifest();
        ((ObjectNode) file.path("files").path(0)).put("sha256", "00");
        refused("fit", () -> seal.check(KEY, file));
        ObjectNode size = manifest();
        ((ObjectNode) size.path("files").path(0)).put("size", 614);
        refused("fit", () -> seal.check(KEY, size));
        ObjectNode later = manifest();
        later.put("of_a_later_version", "changed");
        refused("fit", () -> seal.check(KEY, later));
    }

    @Test
    void givenASignature_whenItIsNoneOrOfAnotherKind_thenItIsRefusedInASentence() throws Exception {
        Seal seal = trusting(golden("golden.pem"), false);
        for (String value : new String[] {"", "!", "AAAA"}) {
            ObjectNode manifest = manifest();
            ((ObjectNode) manifest.path("signature")).put("value", value);
            refused("fit", () -> seal.check(KEY, manifest));
        }
        ObjectNode kind = manifest();
        ((ObjectNode) kind.path("signature")).put("algorithm", "none");
        refused("fit", () -> seal.check(KEY, kind));
    }

    @Test
    void givenAKeyForOtherPrefixes_whenItSignedAManifest_thenItIsRefusedEvenWhereNoneIsRequired() throws Exception {
        SigningKey key = SigningKey.generate();
        Path trusted = write("trusted.pem", key.trusted("ingest", Set.of("datasets/")).toPem());
        ObjectNode signed = Seal.of(new SigningConfig(Optional.of(write("key.pem", key.toPem())), Optional.empty(), false)).sign(KEY, manifest());
        refused("datasets/", () -> trusting(trusted, false).check(KEY, signed));
    }

    @Test
    void givenAManifestWithoutATrustedSignature_whenChecked_thenItDependsOnWhetherOneIsRequired() throws Exception {
        ObjectNode unsigned = (ObjectNode) manifest().without("signature");
        Path trusted = write("trusted.pem", SigningKey.generate().trusted("", Set.of()).toPem());
        for (ObjectNode manifest : new ObjectNode[] {unsigned, manifest()}) {
            assertEquals(Seal.Verdict.UNSIGNED, trusting(trusted, false).check(KEY, manifest));
            refused("found", () -> trusting(trusted, true).check(KEY, manifest));
            assertEquals(Seal.Verdict.UNCHECKED, Seal.of(SigningConfig.off()).check(KEY, manifest));
        }
    }

    @Test
    void givenAKeyInUse_whenAnotherIsTrustedBesideIt_thenSignaturesOfBothAreBelievedWithoutARestart() throws Exception {
        SigningKey next = SigningKey.generate();
        Path trusted = write("trusted.pem", Files.readString(golden("golden.pem")));
        Seal seal = trusting(trusted, true);
        ObjectNode later = Seal.of(new SigningConfig(Optional.of(write("next.pem", next.toPem())), Optional.empty(), false)).sign(KEY, manifest());
        refused(next.id(), () -> seal.check(KEY, later));
        write("trusted.pem", Files.readString(trusted) + next.trusted("trainer", Set.of()).toPem());
        assertEquals(Seal.Verdict.SIGNED, seal.check(KEY, later));
        assertEquals(Seal.Verdict.SIGNED, seal.check(KEY, manifest()));
        write("trusted.pem", next.trusted("trainer", Set.of()).toPem());
        refused("trusted key", () -> seal.check(KEY, manifest()));
    }

    @Test
    void givenAManifestOfTheSameContent_whenItIsPublishedAgain_thenOnlyATrustedOneStays() throws Exception {
        Path key = golden("golden.key.pem");
        Path other = write("other.pem", SigningKey.generate().trusted("", Set.of()).toPem());
        ObjectNode unsigned = (ObjectNode) manifest().without("signature");
        Seal signing = Seal.of(new SigningConfig(Optional.of(key), Optional.of(golden("golden.pem")), false));
        assertTrue(signing.isAsGoodAsOwn(KEY, manifest()));
        assertFalse(signing.isAsGoodAsOwn(KEY, unsigned));
        Seal blind = Seal.of(new SigningConfig(Optional.of(key), Optional.empty(), false));
        assertTrue(blind.isAsGoodAsOwn(KEY, manifest()));
        assertFalse(blind.isAsGoodAsOwn("adapters/run-2/manifest.json", manifest()));
        assertTrue(Seal.of(SigningConfig.off()).isAsGoodAsOwn(KEY, unsigned));
        assertFalse(trusting(other, true).isAsGoodAsOwn(KEY, manifest()));
    }

    @Test
    void givenASignerWhomNobodyWouldBelieve_whenItStartsOrSigns_thenItIsTold() throws Exception {
        Path other = write("other.pem", SigningKey.generate().trusted("someone", Set.of()).toPem());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Seal.of(new SigningConfig(Optional.of(golden("golden.key.pem")), Optional.of(other), true)))
                .getMessage().contains("someone"));
        Seal trainer = Seal.of(new SigningConfig(Optional.of(golden("golden.key.pem")), Optional.of(golden("golden.pem")), true));
        assertThrows(IllegalStateException.class, () -> trainer.sign("models/run-1/int8/manifest.json", manifest()));
        assertThrows(IllegalStateException.class, () -> trusting(other, true).sign(KEY, manifest()));
    }

    private interface Check {
        Seal.Verdict run() throws BadSignature, IOException, URISyntaxException;
    }

    private static void refused(String word, Check check) {
        String message = assertThrows(BadSignature.class, check::run).getMessage();
        assertTrue(message.contains(word), message);
    }

    private static Seal trusting(Path trusted, boolean required) {
        return Seal.of(new SigningConfig(Optional.empty(), Optional.of(trusted), required));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static ObjectNode manifest() throws IOException, URISyntaxException {
        return (ObjectNode) JSON.readTree(golden("golden-manifest.json").toFile());
    }

    private static Path golden(String name) throws URISyntaxException {
        return Path.of(SealTest.class.getResource(name).toURI());
    }
}

package dev.hone.artifacts.signing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeysTest {
    /** The first 16 digits of {@code openssl pkey -in golden.key.pem -pubout -outform DER | sha256sum}. */
    private static final String GOLDEN_ID = "a8d1115fd37cd9b3";

    @TempDir
    Path folder;

    @Test
    void givenAPrivateKeyOfOpenssl_whenRead_thenItsPublicKeyIsTheOneThatBelongsToIt() throws Exception {
        SigningKey key = SigningKey.read(Path.of(KeysTest.class.getResource("golden.key.pem").toURI()));
        TrustedKey trusted = TrustedKeys.read(Path.of(KeysTest.class.getResource("golden.pem").toURI())).keys().getFirst();
        assertEquals(GOLDEN_ID, key.id());
        assertEquals(trusted, key.trusted("trainer", Set.of("checkpoints/", "adapters/")));
    }

    @Test
    void givenAKey_whenPrintedAndRead_thenItIsTheSame() throws IOException {
        SigningKey key = SigningKey.generate();
        Path file = Files.writeString(folder.resolve("key.pem"), key.toPem());
        assertEquals(key.id(), SigningKey.read(file).id());
        assertFalse(key.toString().contains(key.toPem().lines().toList().get(1)));
    }

    @Test
    void givenTrustedKeys_whenPrintedAndRead_thenNamesAndPrefixesAreTheSame() {
        List<TrustedKey> keys = List.of(SigningKey.generate().trusted("trainer", Set.of("adapters/")), SigningKey.generate().trusted("", Set.of()));
        assertEquals(keys, TrustedKeys.parse("here", new TrustedKeys(keys).toPem()));
    }

    @Test
    void givenAFolderOfKeys_whenRead_thenAllPemFilesCount() throws IOException {
        SigningKey one = SigningKey.generate();
        SigningKey two = SigningKey.generate();
        Files.writeString(folder.resolve("b.pem"), two.trusted("b", Set.of()).toPem());
        Files.writeString(folder.resolve("a.pem"), one.trusted("a", Set.of()).toPem());
        Files.writeString(folder.resolve("notes.txt"), "no key");
        assertEquals(List.of(one.id(), two.id()), TrustedKeys.read(folder).keys().stream().map(TrustedKey::id).toList());
    }

    @Test
    void givenSomethingElse_whenReadAsKeys_thenASentenceSaysWhatWasExpected() throws IOException {
        TrustedKey key = SigningKey.generate().trusted("", Set.of());
        String pem = key.toPem();
        refused("none", () -> TrustedKeys.read(Files.writeString(folder.resolve("none.pem"), "")));
        refused("prefixes", () -> TrustedKeys.parse("here", "prefixes:\n" + pem));
        refused("slash", () -> TrustedKeys.parse("here", "prefixes: adapters\n" + pem));
        refused("prefix: a/", () -> TrustedKeys.parse("here", "prefix: a/\n" + pem));
        refused("PRIVATE KEY", () -> TrustedKeys.parse("here", SigningKey.generate().toPem()));
        refused("no private key", () -> SigningKey.read(Files.writeString(folder.resolve("public.pem"), pem)));
        String rsa = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n-----END PRIVATE KEY-----\n";
        refused("another key", () -> SigningKey.read(Files.writeString(folder.resolve("x25519.pem"), rsa)));
        refused("ENCRYPTED", () -> SigningKey.read(Files.writeString(folder.resolve("encrypted.pem"), pem.replace("PUBLIC KEY", "ENCRYPTED PRIVATE KEY"))));
    }

    private interface Reading {
        Object run() throws IOException;
    }

    private static void refused(String word, Reading reading) {
        String message = assertThrows(IllegalArgumentException.class, reading::run).getMessage();
        assertTrue(message.contains(word), message);
    }

    @Test
    void givenSettings_whenHandedOnAsVariables_thenTheyAreReadAsTheyWere() {
        SigningConfig config = new SigningConfig(Optional.of(Path.of("/keys/key.pem")), Optional.of(Path.of("/keys/trusted")), true);
        assertEquals(config, SigningConfig.fromEnvironment(config.toEnvironment()));
        assertEquals(SigningConfig.off(), SigningConfig.fromEnvironment(Map.of("HONE_SIGNING_KEY_FILE", "")));
        assertEquals(Map.of(), SigningConfig.off().toEnvironment());
    }

    @Test
    void givenAMisspeltWish_whenRead_thenTheCheckIsNotTurnedOff() {
        assertThrows(IllegalArgumentException.class, () -> SigningConfig.fromEnvironment(Map.of("HONE_SIGNING_REQUIRED", "yes")));
        assertThrows(IllegalArgumentException.class, () -> SigningConfig.fromEnvironment(Map.of("HONE_SIGNING_REQUIRED", "true")));
    }
}

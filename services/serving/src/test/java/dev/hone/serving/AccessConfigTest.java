package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.serving.access.Access;
import dev.hone.serving.access.Credentials;
import dev.hone.serving.answer.Caller;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessConfigTest {
    private static AccessConfig read(Map<String, String> settings) {
        return new SmallRyeConfigBuilder().withSources(new PropertiesConfigSource(settings, "test", 100)).withMapping(AccessConfig.class).build().getConfigMapping(AccessConfig.class);
    }

    private static Caller caller(Access access, String key) {
        return access.caller(Credentials.of(null, key), () -> CompletableFuture.failedFuture(new AssertionError("nobody asked for tokens"))).toCompletableFuture().join();
    }

    @Test
    void givenNoSettings_whenRead_thenNothingIsLimited() {
        AccessConfig config = read(Map.of());

        assertEquals(Map.of(), config.keys());
        assertTrue(config.tokens().models().isEmpty());
        assertEquals(OptionalInt.empty(), config.tokens().requestsPerMinute());
        assertEquals(OptionalLong.empty(), config.tokens().tokensPerMinute());
        assertEquals(OptionalInt.empty(), config.tokens().concurrent());
        assertEquals(Caller.ANYONE, caller(new Faces().access(config, false), null));
    }

    @Test
    void givenAKeyWithLimits_whenRead_thenItHasThem() {
        AccessConfig.Key key = read(Map.of("hone.access.keys.ali.sha256", "00", "hone.access.keys.ali.models", "a,b", "hone.access.keys.ali.requests-per-minute", "60",
                "hone.access.keys.ali.tokens-per-minute", "100000", "hone.access.keys.ali.concurrent", "4")).keys().get("ali");

        assertEquals(List.of("a", "b"), key.models().orElseThrow());
        assertEquals(60, key.requestsPerMinute().orElseThrow());
        assertEquals(100_000, key.tokensPerMinute().orElseThrow());
        assertEquals(4, key.concurrent().orElseThrow());
    }

    @Test
    void givenAKeyInAFile_whenShown_thenItsHolderIsKnown(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("key"), "open-sesame\n");

        assertEquals(new Caller("ali"), caller(new Faces().access(read(Map.of("hone.access.keys.ali.file", file.toString())), false), "open-sesame"));
    }

    @Test
    void givenKeysThatAreNone_whenTheServiceStarts_thenTheSentenceNamesTheSetting(@TempDir Path folder) throws IOException {
        Path shortKey = Files.writeString(folder.resolve("key"), "abc");
        for (Map<String, String> settings : List.of(Map.of("hone.access.keys.ali.concurrent", "1"), Map.of("hone.access.keys.ali.file", folder.resolve("none").toString()),
                Map.of("hone.access.keys.ali.file", shortKey.toString()))) {
            String sentence = assertThrows(IllegalArgumentException.class, () -> new Faces().access(read(settings), false)).getMessage();
            assertTrue(sentence.contains("hone.access.keys.ali.file"), sentence);
        }
    }
}

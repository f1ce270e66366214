package dev.hone.serving.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Refusal;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class AccessTest {
    // printf %s open-sesame | sha256sum
    private static final String DIGEST = "d7ecdf25eaf3deba0f2628771dbdd22d4138ab6cf38f91ed02a2ca0dec7c8ab7";
    private final Access keys = new Access(List.of(ApiKey.ofDigest("ali", DIGEST, Grant.EVERYTHING)), Optional.empty());

    private static Caller caller(Access access, Credentials shown) {
        return access.caller(shown, () -> CompletableFuture.failedFuture(new AssertionError("nobody asked for tokens"))).toCompletableFuture().join();
    }

    private static Refusal refusal(Access access, Credentials shown, CompletableFuture<String> subject) {
        return assertInstanceOf(Refusal.class, assertThrows(CompletionException.class,
                () -> access.caller(shown, () -> subject).toCompletableFuture().join()).getCause());
    }

    @Test
    void givenNoKeysAndNoTokens_whenAnybodyAsks_thenTheyAreLetIn() {
        assertEquals(Caller.ANYONE, caller(Access.open(), Credentials.of(null, null)));
    }

    @Test
    void givenAKey_whenShownInEitherHeader_thenItsHolderIsKnown() {
        assertEquals(new Caller("ali"), caller(keys, Credentials.of("Bearer open-sesame", null)));
        assertEquals(new Caller("ali"), caller(keys, Credentials.of("bearer  open-sesame ", null)));
        assertEquals(new Caller("ali"), caller(keys, Credentials.of(null, "open-sesame")));
        assertEquals(new Caller("ali"), caller(keys, Credentials.of("Basic YTpi", "open-sesame")));
    }

    @Test
    void givenAKey_whenNoneOrAnotherIsShown_thenTheCallerIsUnauthenticatedAndTheKeyIsNotRepeated() {
        CompletableFuture<String> none = CompletableFuture.failedFuture(new AssertionError("nobody asked for tokens"));

        assertEquals(Refusal.Code.UNAUTHENTICATED, refusal(keys, Credentials.of(null, null), none).code());
        Refusal refused = refusal(keys, Credentials.of("Bearer open-barley", null), none);
        assertEquals(Refusal.Code.UNAUTHENTICATED, refused.code());
        assertFalse(refused.getMessage().contains("barley"), refused.getMessage());
        assertFalse(Credentials.of("Bearer open-barley", null).toString().contains("barley"));
    }

    @Test
    void givenTokens_whenOneIsValid_thenItsSubjectIsTheCallerAndNeverAKeysNamesake() {
        Access tokens = new Access(List.of(ApiKey.ofDigest("ali", DIGEST, Grant.EVERYTHING)), Optional.of(Grant.EVERYTHING));

        Caller caller = tokens.caller(Credentials.of("Bearer ey.token", null), () -> CompletableFuture.completedFuture("ali")).toCompletableFuture().join();

        assertEquals("token:ali", caller.name());
        assertEquals(Refusal.Code.UNAUTHENTICATED, refusal(tokens, Credentials.of("Bearer ey.forged", null),
                CompletableFuture.failedFuture(new SecurityException("signature"))).code());
    }

    @Test
    void givenADigestThatIsNone_whenConfigured_thenTheSentenceSaysHowToMakeOne() {
        String sentence = assertThrows(IllegalArgumentException.class, () -> ApiKey.ofDigest("ali", "open-sesame", Grant.EVERYTHING)).getMessage();
        assertTrue(sentence.contains("sha256sum") && !sentence.contains("sesame"), sentence);
    }
}

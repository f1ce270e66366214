package dev.hone.serving;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.Map;

/** Room for two adapters, and a secret as replicas share it. */
public final class SmallCache implements QuarkusTestProfile {
    static final String SECRET = "a secret that replicas share";

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of("hone.serving.adapters.most", "2", "hone.serving.answer-id-secret", SECRET);
    }
}

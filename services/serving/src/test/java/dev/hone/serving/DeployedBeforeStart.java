package dev.hone.serving;

import dev.hone.testkit.HoneServers;
import dev.hone.testkit.KafkaProbe;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/** A deploy topic with a past: superseded, withdrawn and malformed records, all from before the service started. */
public final class DeployedBeforeStart implements QuarkusTestResourceLifecycleManager {
    @Override
    public Map<String, String> start() {
        HoneServers servers = HoneServers.start();
        TinyModels.deploy(TinyModels.published("veteran", "v1"));
        TinyModels.deploy(TinyModels.published("veteran", "v2"));
        TinyModels.deploy(TinyModels.published("retired", "v1"));
        try (KafkaProbe probe = new KafkaProbe(servers.bootstrapServers())) {
            probe.send("deploy", "retired", null, Map.of());
            probe.send("deploy", "veteran", "{\"model_name\":\"veteran\",\"revison\":\"typo\"}");
        }
        return Map.of();
    }

    @Override
    public void stop() {}
}

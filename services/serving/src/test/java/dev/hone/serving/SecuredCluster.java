package dev.hone.serving;

import dev.hone.artifacts.signing.SigningConfig;
import dev.hone.artifacts.signing.SigningKey;
import dev.hone.events.Cause;
import dev.hone.events.EventPublisher;
import dev.hone.events.KafkaSettings;
import dev.hone.events.Rights;
import dev.hone.events.Topic;
import dev.hone.events.TopicAdmin;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.SecureBroker;
import dev.hone.v1.Deploy;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A broker that asks who one is, manifests that must be signed, and two models deployed: one by the quantizer's key, one by nobody's. */
public final class SecuredCluster implements QuarkusTestResourceLifecycleManager {
    private SecureBroker broker;

    @Override
    public Map<String, String> start() {
        try {
            return start(Files.createTempDirectory("secured-"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, String> start(Path folder) throws IOException {
        broker = SecureBroker.start(folder.resolve("broker"), Set.of("serving", "evaluator"));
        TopicAdmin.createMissing(settings(SecureBroker.ADMINISTRATOR), 1);
        for (String user : List.of("serving", "evaluator")) {
            Rights rights = Rights.of(user);
            broker.grant(user, rights.reads(), rights.writes(), rights.groupPrefix());
        }
        SigningKey key = SigningKey.generate();
        Path secret = Files.writeString(folder.resolve("key.pem"), key.toPem());
        Path trusted = Files.writeString(folder.resolve("trusted.pem"), key.trusted("quantizer", Set.of("models/")).toPem());
        deploy(TinyModels.published("vouched-for", "signed", new SigningConfig(Optional.of(secret), Optional.of(trusted), true)));
        deploy(TinyModels.published("stranger", "unsigned"));
        return configuration(folder, trusted);
    }

    private void deploy(Deploy deploy) {
        try (EventPublisher evaluator = new EventPublisher(settings("evaluator"), "evaluator")) {
            evaluator.publish(Topic.DEPLOY, deploy, Cause.outside("test/" + deploy.getRevision()));
        }
    }

    private KafkaSettings settings(String user) {
        return KafkaSettings.fromEnvironment(broker.environment(user));
    }

    private Map<String, String> configuration(Path folder, Path trusted) {
        HoneServers servers = HoneServers.start();
        Map<String, String> all = new HashMap<>(Map.of("hone.store.endpoint", servers.storeEndpoint(), "hone.store.access-key", servers.accessKey(),
                "hone.store.secret-key", servers.secretKey(), "hone.store.bucket", servers.bucket(), "hone.work-dir", folder.resolve("work").toString(),
                "hone.signing.trusted-file", trusted.toString(), "hone.signing.required", "true", "quarkus.http.test-port", "0"));
        settings("serving").properties().forEach((name, value) -> all.put("kafka." + name, value));
        return all;
    }

    @Override
    public void stop() {
        broker.close();
    }
}

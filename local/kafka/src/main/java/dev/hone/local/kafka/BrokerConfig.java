package dev.hone.local.kafka;

import java.util.Optional;
import java.util.Properties;

/** Settings of a broker that is alone and shares its machine with the work it carries. */
final class BrokerConfig {

    static final int NODE_ID = 1;
    static final String CONTROLLER = "CONTROLLER";

    private BrokerConfig() {}

    static Properties of(Options options, Optional<Security> security, int controllerPort) {
        Properties p = new Properties();
        p.put("process.roles", "broker,controller");
        p.put("node.id", String.valueOf(NODE_ID));
        p.put("log.dirs", options.dir().toString());
        listeners(p, options, security.isPresent() ? Security.LISTENER : "PLAINTEXT", controllerPort);
        security.ifPresent(who -> who.addTo(p));
        alone(p);
        small(p);
        // A topic's partitions and clean-up policy are part of the contract: whoever owns a topic creates it.
        p.put("auto.create.topics.enable", "false");
        p.put("num.partitions", "1");
        return p;
    }

    private static void listeners(Properties p, Options options, String name, int controllerPort) {
        p.put("listeners", name + "://127.0.0.1:" + options.port() + "," + CONTROLLER + "://127.0.0.1:" + controllerPort);
        p.put("advertised.listeners", name + "://127.0.0.1:" + options.advertisedPort());
        p.put("controller.listener.names", CONTROLLER);
        p.put("listener.security.protocol.map", CONTROLLER + ":PLAINTEXT,PLAINTEXT:PLAINTEXT," + Security.LISTENER + ":SASL_SSL");
        p.put("controller.quorum.voters", NODE_ID + "@127.0.0.1:" + controllerPort);
    }

    private static void alone(Properties p) {
        p.put("offsets.topic.replication.factor", "1");
        p.put("transaction.state.log.replication.factor", "1");
        p.put("transaction.state.log.min.isr", "1");
        p.put("share.coordinator.state.topic.replication.factor", "1");
        p.put("share.coordinator.state.topic.min.isr", "1");
        // No other member is about to join: waiting for one only delays the first record.
        p.put("group.initial.rebalance.delay.ms", "0");
    }

    private static void small(Properties p) {
        p.put("offsets.topic.num.partitions", "4");
        p.put("transaction.state.log.num.partitions", "2");
        p.put("share.coordinator.state.topic.num.partitions", "2");
        p.put("num.network.threads", "2");
        p.put("num.io.threads", "4");
        p.put("num.recovery.threads.per.data.dir", "1");
        // Kafka's default takes 128 MiB of heap for the compaction of topics that hold a few keys here.
        p.put("log.cleaner.dedupe.buffer.size", String.valueOf(4 << 20));
        // Segments are allocated ahead as sparse files; small ones keep the folder honest.
        p.put("log.segment.bytes", String.valueOf(64 << 20));
        p.put("log.index.size.max.bytes", String.valueOf(1 << 20));
    }
}

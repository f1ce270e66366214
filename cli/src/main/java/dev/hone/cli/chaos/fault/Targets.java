package dev.hone.cli.chaos.fault;

import java.util.Map;

/** What faults may hit. */
public interface Targets {
    String BROKER = "kafka";
    String STORE = "s3";

    /** Pid by name of every process that is kept running: services, broker, store. A dead one may be among them. */
    Map<String, Long> servers();
}

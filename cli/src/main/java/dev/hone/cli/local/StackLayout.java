package dev.hone.cli.local;

import dev.hone.artifacts.signing.SigningConfig;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.Home;
import dev.hone.cli.home.ProcessMark;
import dev.hone.cli.keys.KeyFolder;
import java.io.File;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Which processes make up the stack, and how each is started. */
final class StackLayout {
    private static final String VERSION = "0.1.0";
    private static final String ACCESS_KEY = "hone";
    /** The store listens on the loopback only, so the key keeps nobody out: S3 clients want one. */
    private static final String SECRET_KEY = "hone-secret";
    private static final String BUCKET = "hone";
    /** Servers outlive a killed parent by this much, because Jobs still write their last checkpoint to them. */
    private static final int SERVER_LINGER_SECONDS = 30;
    private static final List<String> JVM_OPTIONS = List.of("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");

    private final Home home;
    private final Map<String, Integer> ports;
    private final Map<String, String> settings;
    private final Map<String, Integer> fronts;
    private final KeyFolder keys;

    /** @param settings environment variables that every service gets besides its addresses */
    StackLayout(Home home, Map<String, Integer> ports, Map<String, String> settings) {
        this(home, ports, settings, Map.of());
    }

    /** @param fronts where clients reach a server that something stands before */
    StackLayout(Home home, Map<String, Integer> ports, Map<String, String> settings, Map<String, Integer> fronts) {
        this.home = home;
        this.ports = ports;
        this.settings = settings;
        this.fronts = fronts;
        this.keys = KeyFolder.of(home);
    }

    private int front(String server) {
        return fronts.getOrDefault(server, ports.get(server));
    }

    Endpoints endpoints() {
        Map<String, Integer> services = new TreeMap<>(ports);
        services.keySet().removeAll(List.of("kafka", "s3"));
        return new Endpoints(ProcessMark.of(ProcessHandle.current()), "127.0.0.1:" + front("kafka"),
                new Endpoints.Store("http://127.0.0.1:" + front("s3"), ACCESS_KEY, SECRET_KEY, BUCKET, signing("operator")), services);
    }

    /** Whose manifests are believed, and the writer's own key. */
    private Map<String, String> signing(String writer) {
        Map<String, String> all = new TreeMap<>(keys.config(writer).toEnvironment());
        settings.forEach(all::replace);
        return all;
    }

    List<ServerSpec> servers() {
        return List.of(
                server("kafka", "dev.hone.local.kafka.LocalKafka", home.kafkaData(), List.of("--advertised-port", String.valueOf(front("kafka")))),
                server("s3", "dev.hone.local.s3.LocalS3", home.storeData(),
                        List.of("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY, "--bucket", BUCKET)));
    }

    List<ServerSpec> services() {
        return List.of(service("serving", "2g", List.of("-XX:+UseTransparentHugePages")), service("ingest", "768m", List.of()),
                service("trainer", "256m", QUICK_START), service("quantizer", "256m", QUICK_START), service("evaluator", "256m", QUICK_START));
    }

    /** For processes that wait most of the time: less code is compiled less thoroughly, and they are there sooner. */
    private static final List<String> QUICK_START = List.of("-XX:TieredStopAtLevel=1");

    private ServerSpec server(String name, String mainClass, Path data, List<String> more) {
        Path target = home.checkout().resolve("local").resolve(name).resolve("target");
        List<String> command = java(SERVER_LINGER_SECONDS, "256m", QUICK_START);
        command.addAll(List.of("-cp", target.resolve("hone-local-" + name + "-" + VERSION + ".jar") + File.pathSeparator + target.resolve("lib") + "/*",
                mainClass, "--dir", data.toString(), "--port", String.valueOf(ports.get(name))));
        command.addAll(more);
        return new ServerSpec(name, command, Map.of(), data, ports.get(name), Optional.empty(), Duration.ofSeconds(30));
    }

    /** One of several processes of the same service. @param name by which its port is known */
    ServerSpec replica(String service, String name, String heap) {
        return process(service, name, heap, List.of());
    }

    private ServerSpec service(String name, String heap, List<String> flags) {
        return process(name, name, heap, flags);
    }

    private ServerSpec process(String service, String name, String heap, List<String> flags) {
        List<String> command = java(0, heap, flags);
        command.addAll(List.of("-jar", home.checkout().resolve("services/" + service + "/target/quarkus-app/quarkus-run.jar").toString()));
        int port = ports.get(name);
        Map<String, String> environment = environment(service, name, port);
        if (service.equals("serving")) {
            environment.putIfAbsent("HONE_SERVING_ANSWER_ID_SECRET", AnswerIdSecret.of(home));
        }
        return new ServerSpec(name, command, environment, home.work(name), port,
                Optional.of(URI.create("http://127.0.0.1:" + port + "/q/health/ready")), Duration.ofSeconds(90));
    }

    private Map<String, String> environment(String service, String name, int port) {
        Endpoints endpoints = endpoints();
        Map<String, String> all = new HashMap<>(endpoints.store().config().with(Optional.empty(), SigningConfig.off()).toEnvironment());
        all.putAll(signing(service));
        all.put("KAFKA_BOOTSTRAP_SERVERS", endpoints.kafka());
        all.put("HONE_WORK_DIR", home.work(name).toString());
        all.put("QUARKUS_HTTP_HOST", "127.0.0.1");
        all.put("QUARKUS_HTTP_PORT", String.valueOf(port));
        all.put("QUARKUS_CONSOLE_COLOR", "false");
        all.putAll(settings);
        return all;
    }

    private List<String> java(int lingerSeconds, String heap, List<String> flags) {
        List<String> arguments = new ArrayList<>(List.of("-Xmx" + heap, "-XX:+UseSerialGC"));
        arguments.addAll(JVM_OPTIONS);
        arguments.addAll(flags);
        return guarded(home.checkout().resolve("cli/target/hone-cli-" + VERSION + ".jar"), lingerSeconds, arguments);
    }

    /**
     * A JVM that ends when its parent is gone. The shell ignores Ctrl-C and hang-up before it becomes the JVM, and the
     * JVM and its Jobs keep it so: the terminal sends them to every process at once, and it is the stack that decides in
     * which order they stop.
     */
    static List<String> guarded(Path agent, int lingerSeconds, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-javaagent:" + agent + "=" + lingerSeconds));
        command.addAll(arguments);
        return command;
    }
}

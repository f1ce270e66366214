package dev.hone.jobs;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real control plane without nodes: etcd, API server and the controllers of Jobs, in a temporary folder on free ports. Their
 * programs are looked for in the folder {@code HONE_KUBE_BIN} and on the path.
 */
final class ControlPlane implements AutoCloseable {

    private static final String ADMIN = "admin-of-this-test";
    private static final String CONTROLLERS = "job-controller,ttl-after-finished-controller,serviceaccount-controller,namespace-controller,garbage-collector-controller";

    private final Path directory;
    private final int etcd = freePort();
    private final int server = freePort();
    private final List<Process> processes = new ArrayList<>();
    private Process apiServer;

    private ControlPlane(Path directory) {
        this.directory = directory;
    }

    /** What is missing here; empty when nothing is. */
    static Optional<String> missing() {
        List<String> none = Stream.of("etcd", "kube-apiserver", "kube-controller-manager", "kubectl").filter(name -> program(name).isEmpty()).toList();
        return none.isEmpty() ? Optional.empty() : Optional.of("no " + String.join(", ", none) + " in HONE_KUBE_BIN or on the path");
    }

    static Optional<Path> program(String name) {
        String folders = Optional.ofNullable(System.getenv("HONE_KUBE_BIN")).map(own -> own + ":").orElse("") + System.getenv("PATH");
        return Arrays.stream(folders.split(":")).filter(folder -> !folder.isBlank()).map(folder -> Path.of(folder, name)).filter(Files::isExecutable).findFirst();
    }

    static ControlPlane start(Path directory) throws Exception {
        ControlPlane plane = new ControlPlane(directory);
        try {
            plane.startAll();
            return plane;
        } catch (Exception e) {
            plane.close();
            throw e;
        }
    }

    private void startAll() throws Exception {
        Files.writeString(directory.resolve("tokens.csv"), ADMIN + ",admin,admin,\"system:masters\"\n");
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair keys = generator.generateKeyPair();
        pem("sa.key", "PRIVATE KEY", keys.getPrivate().getEncoded());
        pem("sa.pub", "PUBLIC KEY", keys.getPublic().getEncoded());
        Files.writeString(directory.resolve("kubeconfig"), """
                apiVersion: v1
                kind: Config
                clusters: [{name: c, cluster: {server: "https://127.0.0.1:%d", insecure-skip-tls-verify: true}}]
                users: [{name: u, user: {token: %s}}]
                contexts: [{name: x, context: {cluster: c, user: u}}]
                current-context: x
                """.formatted(server, ADMIN));
        String url = "http://127.0.0.1:" + etcd;
        String peer = "http://127.0.0.1:" + freePort();
        processes.add(run("etcd", "--name", "e", "--data-dir", directory.resolve("etcd").toString(), "--listen-client-urls", url, "--advertise-client-urls", url,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "e=" + peer));
        startApiServer();
        String kubeconfig = directory.resolve("kubeconfig").toString();
        processes.add(run("kube-controller-manager", "--kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
                "--leader-elect=false", "--secure-port=0", "--controllers=" + CONTROLLERS, "--service-account-private-key-file=" + directory.resolve("sa.key")));
    }

    /** On a machine that is very busy it ends because its own first checks take too long; then it is started once more. */
    void startApiServer() throws Exception {
        runApiServer();
        if (!isReadyInTime()) {
            apiServer.destroyForcibly().waitFor();
            runApiServer();
            if (!isReadyInTime()) {
                throw new IOException("the API server does not become ready: " + lastLines("kube-apiserver"));
            }
        }
    }

    private void runApiServer() throws IOException {
        apiServer = run("kube-apiserver", "--etcd-servers=http://127.0.0.1:" + etcd, "--bind-address=127.0.0.1", "--secure-port=" + server,
                "--cert-dir=" + directory.resolve("certificates"), "--token-auth-file=" + directory.resolve("tokens.csv"), "--authorization-mode=RBAC",
                "--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file=" + directory.resolve("sa.pub"),
                "--service-account-signing-key-file=" + directory.resolve("sa.key"), "--service-cluster-ip-range=10.96.0.0/24", "--profiling=false");
    }

    void stopApiServer() throws InterruptedException {
        apiServer.destroyForcibly().waitFor();
    }

    private boolean isReadyInTime() throws InterruptedException {
        try (KubernetesClient client = client(ADMIN)) {
            for (int tries = 0; tries < 360 && apiServer.isAlive(); tries++) {
                if (isReady(client)) {
                    return true;
                }
                TimeUnit.MILLISECONDS.sleep(500);
            }
            return false;
        }
    }

    private static boolean isReady(KubernetesClient client) {
        try {
            return "ok".equals(client.raw("/readyz"));
        } catch (KubernetesClientException e) {
            return false;
        }
    }

    KubernetesClient admin() {
        return client(ADMIN);
    }

    KubernetesClient client(String token) {
        Config config = new ConfigBuilder(Config.empty()).withMasterUrl("https://127.0.0.1:" + server).withTrustCerts(true).withDisableHostnameVerification(true)
                .withOauthToken(token).withNamespace("hone").withRequestRetryBackoffLimit(0)
                .withConnectionTimeout(60_000).withRequestTimeout(60_000).build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    /** Runs kubectl as the administrator, and returns what it said. */
    String kubectl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(program("kubectl").orElseThrow().toString(), "--kubeconfig", directory.resolve("kubeconfig").toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", arguments) + ": " + said);
        }
        return said;
    }

    private Process run(String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(program(program).orElseThrow().toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log(program).toFile()));
        builder.environment().putIfAbsent("GOMAXPROCS", "2");
        return builder.start();
    }

    private Path log(String program) {
        return directory.resolve(program + ".log");
    }

    private String lastLines(String program) throws IOException {
        List<String> lines = Files.readAllLines(log(program));
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 10), lines.size()));
    }

    private void pem(String file, String kind, byte[] der) throws IOException, GeneralSecurityException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(directory.resolve(file), "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n");
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (apiServer != null) {
            processes.add(apiServer);
        }
        processes.reversed().forEach(Process::destroyForcibly);
    }
}

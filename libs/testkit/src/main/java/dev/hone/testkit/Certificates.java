package dev.hone.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A certificate authority that nobody but this test trusts, and a server's certificate from it for 127.0.0.1 and
 * localhost; made by the JDK's keytool.
 *
 * @param caFile      the authority's certificate, PEM
 * @param serverStore the server's certificate with its key, PKCS#12 under {@link #PASSWORD}
 */
public record Certificates(Path caFile, Path serverStore) {
    public static final String PASSWORD = "only-for-this-test";

    /** @param folder where they lie */
    public static Certificates make(Path folder) {
        Path authority = folder.resolve("authority.p12");
        Path ca = folder.resolve("ca.crt");
        Path server = folder.resolve("server.p12");
        Path request = folder.resolve("server.csr");
        Path signed = folder.resolve("server.crt");
        keytool(authority, "-genkeypair", "-alias", "ca", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=test authority", "-ext", "bc:c", "-validity", "2");
        keytool(authority, "-exportcert", "-rfc", "-alias", "ca", "-file", ca.toString());
        keytool(server, "-genkeypair", "-alias", "server", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=localhost", "-validity", "2");
        keytool(server, "-certreq", "-alias", "server", "-file", request.toString());
        keytool(authority, "-gencert", "-rfc", "-alias", "ca", "-infile", request.toString(), "-outfile", signed.toString(),
                "-ext", "SAN=dns:localhost,ip:127.0.0.1", "-validity", "2");
        keytool(server, "-importcert", "-noprompt", "-alias", "ca", "-file", ca.toString());
        keytool(server, "-importcert", "-noprompt", "-alias", "server", "-file", signed.toString());
        return new Certificates(ca, server);
    }

    private static void keytool(Path store, String... arguments) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-keystore", store.toString(), "-storepass", PASSWORD));
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException("keytool failed: " + output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while certificates were made", e);
        }
    }

    /** The authority's certificate as Kafka's and other clients take it. */
    public String caPem() {
        try {
            return Files.readString(caFile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.hone.serving;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A server's and a client's self-signed certificates, each trusting the other; made by the JDK's keytool. */
record Certificates(Path serverKeys, Path clientCertificates, Path clientStore, Path serverCertificates) {
    static final String PASSWORD = "only-for-this-test";

    static Certificates make() {
        try {
            Path folder = Files.createTempDirectory("certificates-");
            Path server = folder.resolve("server.p12");
            Path client = folder.resolve("client.p12");
            Path trustsClient = folder.resolve("trusts-client.p12");
            Path trustsServer = folder.resolve("trusts-server.p12");
            generate(server, "localhost");
            generate(client, "somebody");
            trust(server, folder.resolve("server.pem"), trustsServer);
            trust(client, folder.resolve("client.pem"), trustsClient);
            return new Certificates(server, trustsClient, client, trustsServer);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void generate(Path store, String name) {
        keytool("-genkeypair", "-alias", "own", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=" + name, "-ext", "SAN=dns:localhost", "-validity", "2",
                "-storetype", "PKCS12", "-keystore", store.toString());
    }

    private static void trust(Path store, Path certificate, Path into) {
        keytool("-exportcert", "-rfc", "-alias", "own", "-keystore", store.toString(), "-file", certificate.toString());
        keytool("-importcert", "-noprompt", "-alias", "other", "-file", certificate.toString(), "-storetype", "PKCS12", "-keystore", into.toString());
    }

    private static void keytool(String... arguments) {
        try {
            String[] command = new String[arguments.length + 3];
            command[0] = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
            System.arraycopy(arguments, 0, command, 1, arguments.length);
            command[arguments.length + 1] = "-storepass";
            command[arguments.length + 2] = PASSWORD;
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError("keytool failed: " + output);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    KeyManagerFactory clientKeys() throws GeneralSecurityException, IOException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store(clientStore), PASSWORD.toCharArray());
        return keys;
    }

    TrustManagerFactory trust() throws GeneralSecurityException, IOException {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store(serverCertificates));
        return trust;
    }

    /** @param known whether the client shows its certificate */
    SSLContext context(boolean known) throws GeneralSecurityException, IOException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(known ? clientKeys().getKeyManagers() : null, trust().getTrustManagers(), null);
        return context;
    }

    private static KeyStore store(Path path) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(path)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }
}

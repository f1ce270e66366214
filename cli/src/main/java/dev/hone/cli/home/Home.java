package dev.hone.cli.home;

import java.nio.file.Path;

/**
 * The folders of one stack.
 *
 * @param checkout Hone's own files: jars, base models, examples
 * @param folder   everything the stack writes; deleting it starts afresh
 */
public record Home(Path checkout, Path folder) {

    public Home {
        checkout = checkout.toAbsolutePath().normalize();
        folder = folder.toAbsolutePath().normalize();
    }

    /** The launcher says where the checkout is. */
    static Path defaultCheckout() {
        return Path.of(System.getProperty("hone.root", "."));
    }

    public Path kafkaData() {
        return folder.resolve("kafka");
    }

    public Path storeData() {
        return folder.resolve("s3");
    }

    /** Where a service keeps what it can fetch or compute again. */
    public Path work(String service) {
        return folder.resolve("work").resolve(service);
    }

    public Path log(String process) {
        return folder.resolve("logs").resolve(process + ".log");
    }

    /** Which process ran under this name, so that the next start finds what a crash left behind. */
    public Path processFile(String process) {
        return folder.resolve("processes").resolve(process);
    }

    public Path lockFile() {
        return folder.resolve("up.lock");
    }

    /** Where each process listened last. */
    public Path portsFile() {
        return folder.resolve("ports.json");
    }

    /** What answers' ids are signed with, so that feedback is taken on answers from before a restart. */
    public Path answerIdSecretFile() {
        return folder.resolve("answer-id-secret");
    }

    /** Keys by which what lies in the store is signed. */
    public Path signingFolder() {
        return folder.resolve("signing");
    }

    public Path endpointsFile() {
        return folder.resolve("endpoints.json");
    }
}

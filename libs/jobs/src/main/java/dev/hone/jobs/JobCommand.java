package dev.hone.jobs;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line that starts a main class with the classpath this JVM runs on. */
final class JobCommand {

    private JobCommand() {}

    static List<String> of(String heap, String mainClass) {
        return of(Path.of(System.getProperty("java.home")), System.getProperty("java.class.path"), heap, mainClass);
    }

    static List<String> of(Path javaHome, String classPath, String heap, String mainClass) {
        List<String> command = new ArrayList<>();
        command.add(javaHome.resolve("bin").resolve("java").toString());
        command.add("-Xmx" + heap);
        // libtorch is reached through JNI, weights through mapped memory: named here so that no JVM warns.
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("--sun-misc-unsafe-memory-access=allow");
        command.add("-Djava.util.logging.manager=org.jboss.logmanager.LogManager");
        command.add("-cp");
        command.add(expand(classPath));
        command.add(mainClass);
        return command;
    }

    /**
     * A packaged Quarkus service has one jar on its class path, whose own loader finds the rest; a plain main class needs
     * the rest named.
     */
    static String expand(String classPath) {
        if (!classPath.endsWith("quarkus-run.jar")) {
            return classPath;
        }
        Path root = Path.of(classPath).toAbsolutePath().getParent();
        return String.join(File.pathSeparator,
                root.resolve("app") + "/*", root.resolve("lib").resolve("main") + "/*", root.resolve("lib").resolve("boot") + "/*");
    }
}

package dev.hone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code hone} with made-up JDKs. */
class LauncherTest {
    private static final Path SCRIPT = Path.of(System.getProperty("hone.root", "..")).resolve("hone").toAbsolutePath().normalize();

    @TempDir Path machine;
    private Path jdks;

    private record Result(int exit, String out) {}

    @BeforeEach
    void folders() throws IOException {
        jdks = Files.createDirectories(machine.resolve("jdks"));
    }

    @Test
    void givenTheScript_whenParsed_thenBashAcceptsIt() throws Exception {
        assertEquals(0, run(List.of("bash", "-n", SCRIPT.toString()), Map.of()).exit());
    }

    @Test
    void givenAnOldDefaultJavaAndASuitableOneInTheUsualFolder_whenSought_thenTheSuitableOneIsFound() throws Exception {
        Path old = jdk("java-17", "17.0.15");
        Path suitable = jdk("temurin-25", "25.0.1");
        assertEquals(new Result(0, suitable.toString()), findJdk(Map.of("PATH", old.resolve("bin") + ":/usr/bin:/bin")));
    }

    @Test
    void givenASuitableJavaHome_whenSought_thenItWinsOverTheFolders() throws Exception {
        jdk("a-25", "25");
        Path chosen = jdk("z-26", "26-ea");
        assertEquals(new Result(0, chosen.toString()), findJdk(Map.of("JAVA_HOME", chosen.toString())));
    }

    @Test
    void givenJavaHomeThatIsTooOld_whenSought_thenTheSearchGoesOn() throws Exception {
        Path old = jdk("java-8", "1.8.0_402");
        Path suitable = jdk("java-25", "25.0.2");
        assertEquals(new Result(0, suitable.toString()), findJdk(Map.of("JAVA_HOME", old.toString())));
    }

    @Test
    void givenAJreWithoutCompiler_whenSought_thenItDoesNotCount() throws Exception {
        Path jre = jdk("jre-25", "25.0.1");
        Files.delete(jre.resolve("bin/javac"));
        Result result = findJdk(Map.of());
        assertEquals(1, result.exit());
        assertTrue(result.out().contains("JDK 25 or newer") && result.out().contains("Install"), result.out());
    }

    private Result findJdk(Map<String, String> environment) throws Exception {
        Map<String, String> all = new HashMap<>(Map.of("PATH", "/usr/bin:/bin", "HONE_JDK_FOLDERS", jdks.toString()));
        if (!environment.containsKey("PATH")) {
            // The machine's own java must not be found: a java that is none of the made-up ones stands before it.
            Path nothing = jdkless();
            all.put("PATH", nothing + ":/usr/bin:/bin");
        }
        all.putAll(environment);
        return run(List.of("bash", SCRIPT.toString(), "__jdk"), all);
    }

    private Path jdkless() throws IOException {
        Path folder = Files.createDirectories(machine.resolve("elsewhere/bin"));
        executable(folder.resolve("java"));
        return folder;
    }

    private Path jdk(String name, String version) throws IOException {
        Path home = jdks.resolve(name);
        Files.createDirectories(home.resolve("bin"));
        executable(home.resolve("bin/java"));
        executable(home.resolve("bin/javac"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    private static void executable(Path file) throws IOException {
        Files.writeString(file, "#!/bin/sh\nexit 1\n");
        file.toFile().setExecutable(true);
    }

    private static Result run(List<String> command, Map<String, String> environment) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("JAVA_HOME");
        builder.environment().putAll(environment);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return new Result(process.waitFor(), out);
    }
}

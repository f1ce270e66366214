package dev.hone.cli.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A guarded JVM, as the stack starts its processes. */
@Timeout(120)
class GuardTest {
    @TempDir Path folder;

    @Test
    void givenAParentThatIsGone_whenItsPipeCloses_thenTheProcessEndsInOrder() throws Exception {
        Process guarded = start();
        assertEquals("up", guarded.inputReader().readLine());
        // What the system does with the pipe of a process that was killed.
        guarded.getOutputStream().close();
        assertTrue(guarded.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, guarded.exitValue());
        assertEquals("hook ran", guarded.inputReader().readLine());
    }

    @Test
    void givenCtrlCInTheTerminal_whenEveryProcessGetsIt_thenTheGuardedOneWaitsForItsParentsWord() throws Exception {
        Process guarded = start();
        assertEquals("up", guarded.inputReader().readLine());
        assertEquals(0, new ProcessBuilder("kill", "-INT", String.valueOf(guarded.pid())).start().waitFor());
        assertTrue(!guarded.waitFor(1, TimeUnit.SECONDS), "an interrupt ended it");
        guarded.destroy();
        assertTrue(guarded.waitFor(60, TimeUnit.SECONDS));
    }

    /** Has a main that only a signal or the guard can end. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) throws InterruptedException {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook ran")));
            System.out.println("up");
            Thread.currentThread().join();
        }
    }

    private Process start() throws IOException {
        Path classes = Path.of("target", "test-classes").toAbsolutePath();
        List<String> command = StackLayout.guarded(agent(), 0, List.of("-cp", classes.toString(), Program.class.getName()));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private Path agent() throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(new Attributes.Name("Premain-Class"), Guard.class.getName());
        Path jar = folder.resolve("guard.jar");
        String name = Guard.class.getName().replace('.', '/') + ".class";
        try (OutputStream out = Files.newOutputStream(jar); JarOutputStream entries = new JarOutputStream(out, manifest)) {
            entries.putNextEntry(new JarEntry(name));
            entries.write(Guard.class.getClassLoader().getResourceAsStream(name).readAllBytes());
            entries.closeEntry();
        }
        return jar;
    }
}

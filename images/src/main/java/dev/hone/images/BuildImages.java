package dev.hone.images;

import com.google.cloud.tools.jib.api.CacheDirectoryCreationException;
import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.ImageReference;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.JibContainer;
import com.google.cloud.tools.jib.api.LogEvent;
import com.google.cloud.tools.jib.api.RegistryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The program behind images/build.sh: makes images of packaged services. Prints a line per image: its name and its digest. */
@Command(name = "images/build.sh", mixinStandardHelpOptions = true, description = "Makes container images of the services and of the command line, without Docker and without root.")
public final class BuildImages implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "A service, or cli for the command line; all six if none is named.")
    private List<String> names = Packaged.ALL;

    @ArgGroup(multiplicity = "1")
    private To to;

    @Option(names = "--repository", paramLabel = "PREFIX", description = "What images' names begin with, such as registry.example.com/hone. Default: ${DEFAULT-VALUE}", defaultValue = "hone")
    private String repository;

    @Option(names = "--name", paramLabel = "NAME", description = "One image's whole name, with or without a tag, instead.")
    private Optional<String> name = Optional.empty();

    @Option(names = "--base", paramLabel = "IMAGE", description = "What the image stands on: a name, tar://FILE, docker://NAME or scratch. Default: eclipse-temurin's JRE.")
    private String base = Release.built().getProperty("base");

    @Option(names = "--cuda", description = "The services were packaged for CUDA (Maven profile cuda).")
    private boolean cuda;

    @Option(names = "--revision", description = "The commit the services were built from, as a label.")
    private Optional<String> revision = Optional.empty();

    @Option(names = "--created", paramLabel = "TIME", description = "The image's date. Default: ${DEFAULT-VALUE}", defaultValue = "1970-01-01T00:00:00Z")
    private Instant created;

    @Option(names = "--offline", description = "Ask no registry for anything.")
    private boolean offline;

    @Option(names = "--checkout", paramLabel = "DIR", description = "The project's folder. Default: the current one.", defaultValue = ".")
    private Path checkout;

    private static final class To {
        @Option(names = "--to-folder", paramLabel = "DIR", description = "Write each image as DIR/NAME.tar, for docker load or ctr image import.")
        private Path folder;

        @Option(names = "--to-docker", description = "Load each image into the local Docker daemon.")
        private boolean docker;

        @Option(names = "--push", description = "Push each image to the registry that its name begins with.")
        private boolean push;

        @Option(names = "--push-insecure", description = "The same, where the registry has no TLS or a certificate of its own.")
        private boolean pushInsecure;

        private Destination destination() {
            if (folder != null) {
                return new Destination.Folder(folder);
            }
            return docker ? new Destination.Daemon() : new Destination.Registry(pushInsecure);
        }
    }

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        System.exit(command().execute(arguments));
    }

    static CommandLine command() {
        CommandLine command = new CommandLine(new BuildImages());
        command.setExecutionExceptionHandler((failure, line, parsed) -> {
            line.getErr().println(failure instanceof ImageException ? failure.getMessage() : failure.toString());
            return 1;
        });
        return command;
    }

    @Override
    public Integer call() throws IOException {
        if (name.isPresent() && names.size() != 1) {
            throw new ImageException("Expected one service to call " + name.get() + ", found " + names + ".");
        }
        Path work = Files.createDirectories(checkout.resolve("images/target/work"));
        for (String each : names) {
            Packaged packaged = Packaged.of(checkout, each);
            ImageFiles files = ImageFiles.of(packaged, CommonLibraries.read(), work);
            files.engine().check(each, cuda);
            build(new ServiceImage(packaged, files, new Release(Release.built().getProperty("version"), revision, created), base, work), work);
        }
        return 0;
    }

    private void build(ServiceImage image, Path work) throws IOException {
        ImageReference reference = reference(image.packaged().name());
        Containerizer containerizer = to.destination().containerizer(image.packaged().name(), reference)
                .setApplicationLayersCache(work.resolve("layers")).setBaseImageLayersCache(work.resolve("base-layers"))
                .setOfflineMode(offline).setToolName("hone").setAlwaysCacheBaseImage(true)
                .addEventHandler(LogEvent.class, this::report);
        try {
            JibContainer built = image.builder().containerize(containerizer);
            spec.commandLine().getOut().println(reference + " " + built.getDigest());
        } catch (RegistryException | ExecutionException | CacheDirectoryCreationException e) {
            throw new ImageException("The image " + reference + " on " + base + " was not built: " + rootMessage(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageException("Building " + reference + " was interrupted.");
        }
    }

    private ImageReference reference(String service) {
        String full = name.orElse(repository + "/" + service + (cuda ? "-cuda" : ""));
        boolean tagged = full.substring(full.lastIndexOf('/') + 1).contains(":");
        try {
            return ImageReference.parse(tagged ? full : full + ":" + Release.built().getProperty("version"));
        } catch (InvalidImageReferenceException e) {
            throw new ImageException("Expected an image's name, found " + full + ": " + e.getMessage());
        }
    }

    private void report(LogEvent event) {
        if (event.getLevel() == LogEvent.Level.ERROR || event.getLevel() == LogEvent.Level.WARN) {
            spec.commandLine().getErr().println(event.getMessage());
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getClass().getSimpleName() + ": " + root.getMessage();
    }
}

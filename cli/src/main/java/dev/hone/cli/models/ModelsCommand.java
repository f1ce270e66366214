package dev.hone.cli.models;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.CorruptArtifact;
import dev.hone.artifacts.ManifestRef;
import dev.hone.cli.chat.InferenceClient;
import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Table;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.HomeOption;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists models and brings new ones in. */
@Command(name = "models", description = {"List the models that answer and the base models that runs can start from."},
        footer = {"", "Examples:", "  ./hone models", "  ./hone models add ~/models/TinyLlama-1.1B --name tinyllama", "  ./hone models deploy tinyllama",
                "  ./hone models withdraw tinyllama"})
public final class ModelsCommand implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Override
    public Integer call() throws IOException {
        Endpoints endpoints = home.endpoints();
        Terminal terminal = Terminal.standard();
        try (InferenceClient client = InferenceClient.of(endpoints)) {
            terminal.lines(ServedTable.of(client.models()));
        }
        terminal.line("");
        terminal.lines(base(store(endpoints)));
        return 0;
    }

    private static List<String> base(ArtifactStore store) throws IOException {
        Table table = Table.ofText("base model", "size");
        for (String name : BaseModels.names(store)) {
            table.row(name, size(store, name));
        }
        return table.lines();
    }

    private static String size(ArtifactStore store, String name) throws IOException {
        try {
            return Figures.bytes(store.manifest(ArtifactLayout.baseModel(name)).orElseThrow().size());
        } catch (CorruptArtifact e) {
            return "refused: " + e.getMessage();
        }
    }

    private static ArtifactStore store(Endpoints endpoints) {
        return ArtifactStore.connect(endpoints.store().config(), "others");
    }

    @Command(name = "add", description = "Put a Hugging Face directory (Llama family, safetensors) into the store as a base model.")
    int add(@Mixin HomeOption where, @Parameters(paramLabel = "DIR", description = "The directory with config.json.") Path directory,
            @Option(names = "--name", required = true, description = "Its name for --base.") String name) throws IOException {
        boolean written = BaseModels.publish(store(where.endpoints()), directory, name);
        Terminal.standard().line(written ? "Base model " + name + " is in the store. Use it: ./hone submit FILE --base " + name
                : "The same base model " + name + " is in the store already.");
        return 0;
    }

    @Command(name = "deploy", description = "Let a base model answer as it is, under its own name.")
    int deploy(@Mixin HomeOption where, @Parameters(paramLabel = "NAME", description = "A base model in the store.") String name) throws IOException {
        Endpoints endpoints = where.endpoints();
        ManifestRef ref = store(endpoints).ref(ArtifactLayout.baseModel(name)).orElseThrow(
                () -> new Failure("Expected a base model \"" + name + "\" in the store, found none. ./hone models lists them."));
        Deployments.deployBase(endpoints, name, ref);
        Terminal.standard().line("Asked serving to load " + name + ". Talk to it: ./hone chat " + name);
        return 0;
    }

    @Command(name = "withdraw", description = "Stop serving a model. Its files stay.")
    int withdraw(@Mixin HomeOption where, @Parameters(paramLabel = "NAME", description = "A deployed model.") String name) {
        Deployments.withdraw(where.endpoints(), name);
        Terminal.standard().line("Asked serving to withdraw " + name + ".");
        return 0;
    }
}

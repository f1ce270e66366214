package dev.hone.cli.score;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.cli.models.ModelDirectory;
import dev.hone.llm.eval.TokenScores;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.text.ChatMessage;
import dev.hone.llm.text.ChatTemplateException;
import dev.hone.llm.text.ChatTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints what a model gives each token of a text. */
@Command(name = "score", description = {"Print each token's log-probability given those before it, and the likeliest tokens to follow it.",
        "In nats, by softmax over the whole vocabulary: hold them against what another engine says of the same files."},
        footer = {"", "Examples:", "  ./hone score hone-nano --text \"How can I reset my phone?\" --chat", "  ./hone score hone-nano --tokens 1,5,9 --dtype f32 --json",
                "  ./hone score ~/models/TinyLlama-1.1B --adapter support --text \"How can I\" --top 10"})
public final class ScoreCommand implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Parameters(paramLabel = "MODEL_DIR", description = "A model's directory, or hone-nano.")
    private String model;

    @Option(names = "--adapter", paramLabel = "DIR", description = "An adapter in PEFT's format, applied without merging.")
    private Path adapter;

    @ArgGroup(multiplicity = "1")
    private Sequence sequence;

    /** What is scored. */
    static final class Sequence {
        @Option(names = "--tokens", split = ",", paramLabel = "ID", description = "The tokens' ids, as they are: 1,5,9.")
        private int[] tokens;

        @Option(names = "--text", description = "A text; no token is put before it.")
        private String text;
    }

    @Option(names = "--chat", description = "Take --text as a user's message and write it as the model's chat template does.")
    private boolean chat;

    @Option(names = "--top", paramLabel = "N", defaultValue = "5", description = "Likeliest followers to print. Default: ${DEFAULT-VALUE}.")
    private int top;

    @Option(names = "--dtype", paramLabel = "TYPE", defaultValue = "f32", description = "f32 or bf16: the type that is computed in. Default: ${DEFAULT-VALUE}.")
    private String dtype;

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        Path directory = ModelDirectory.require(home.home().checkout(), model);
        try {
            int[] tokens = sequence.tokens == null ? encoded(directory) : sequence.tokens;
            List<TokenScores.Position> positions = TokenScores.of(directory, adapter, dtype, tokens, top);
            print(directory, new Scores(positions, dtype));
        } catch (FormatException | ChatTemplateException e) {
            throw new Failure(e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new Failure(Failure.USAGE, e.getMessage());
        }
        return 0;
    }

    private int[] encoded(Path directory) {
        try (ChatTokenizer tokenizer = ChatTokenizer.load(directory)) {
            return chat ? tokenizer.prompt(List.of(new ChatMessage("user", sequence.text))) : tokenizer.encode(sequence.text);
        }
    }

    private void print(Path directory, Scores scores) {
        if (!Files.exists(directory.resolve("tokenizer.json"))) {
            print(scores, id -> "");
            return;
        }
        try (ChatTokenizer tokenizer = ChatTokenizer.load(directory)) {
            print(scores, id -> tokenizer.decode(new int[] {id}));
        }
    }

    private void print(Scores scores, IntFunction<String> text) {
        if (json) {
            Terminal.standard().line(scores.json(text).toString());
        } else {
            Terminal.standard().lines(scores.lines(text));
        }
    }
}

package dev.hone.cli.evaluate;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Figures;
import dev.hone.cli.console.JsonEvents;
import dev.hone.cli.console.ProgressLine;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.cli.models.ModelDirectory;
import dev.hone.cli.run.ProgressBar;
import dev.hone.cli.work.Folders;
import dev.hone.cli.work.LocalData;
import dev.hone.cli.work.RowFile;
import dev.hone.cli.work.RowSample;
import dev.hone.cli.work.StopSignal;
import dev.hone.llm.data.Row;
import dev.hone.llm.data.RowException;
import dev.hone.llm.data.Rows;
import dev.hone.llm.eval.Evaluation;
import dev.hone.llm.eval.EvaluationInterrupted;
import dev.hone.llm.eval.EvaluationObserver;
import dev.hone.llm.format.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures models on the same rows. */
@Command(name = "evaluate", description = {"Measure models on the same rows: loss, perplexity, how many of the answers' tokens each guesses first, and how many whole answers it gives exactly.",
        "Plain models, quantized ones, and with --adapter a base with an adapter over it. What quantizing measured (bits, divergence from the merged model) stands beside it."},
        exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:measured", "1:failed, with the reason", "2:called wrongly", "130:stopped"},
        footer = {"", "Examples:", "  ./hone evaluate hone-nano --adapter support --data examples/support.jsonl", "  ./hone evaluate support-merged made/* --data test.csv --map prompt=text,completion=category --answers 500",
                "  ./hone evaluate support-merged --data test.jsonl --dtype f32 --json"})
public final class EvaluateCommand implements Callable<Integer> {
    private static final int INTERRUPTED = 130;
    private static final int BAR = 20;

    @Mixin private HomeOption home;

    @Parameters(arity = "1..*", paramLabel = "MODEL_DIR", description = "Models' directories, or hone-nano.")
    private List<String> models;

    @Option(names = "--adapter", paramLabel = "DIR", description = "An adapter in PEFT's format that is laid over the model, without merging.")
    private Path adapter;

    @Option(names = "--data", required = true, paramLabel = "FILE", description = "Rows that were not trained on, in any format that train takes.")
    private Path data;

    @Option(names = "--map", split = ",", paramLabel = "MEANING=COLUMN", description = "Which column is what: prompt=text,completion=category.")
    private Map<String, String> mapping = new LinkedHashMap<>();

    @Option(names = "--rows", paramLabel = "N", defaultValue = "0", description = "So many rows, drawn from the whole file, the same ones each time; 0 for all. Default: ${DEFAULT-VALUE}.")
    private int rows;

    @Option(names = "--answers", paramLabel = "N", defaultValue = "200", description = "Rows to answer greedily for the exact match, 0 for none. Default: ${DEFAULT-VALUE}.")
    private int answers;

    @Option(names = "--max-new-tokens", paramLabel = "N", defaultValue = "64", description = "Most tokens of an answer. Default: ${DEFAULT-VALUE}.")
    private int maxNewTokens;

    @Option(names = "--dtype", paramLabel = "TYPE", defaultValue = "bf16", description = "f32 or bf16: the type that is computed in. Default: ${DEFAULT-VALUE}.")
    private String dtype;

    @Option(names = "--markdown", description = "The table as Markdown, without anything around it.")
    private boolean markdown;

    @Option(names = "--json", description = "A JSON object a line for every model, and nothing else.")
    private boolean json;

    private final ProgressLine progress = new ProgressLine(Terminal.standard());

    @Override
    public Integer call() throws IOException {
        List<Path> directories = directories();
        Path work = Files.createTempDirectory("hone-evaluate");
        try (StopSignal stop = StopSignal.listen(() -> {})) {
            List<Row> sample = sample(directories.getFirst(), work);
            List<Candidate> measured = new ArrayList<>();
            for (Path directory : directories) {
                measured.add(measure(directory, sample, stop));
                if (json) {
                    Terminal.standard().line(EvaluationTable.json(measured.getLast()).toString());
                }
            }
            print(measured, sample.size());
            return 0;
        } catch (EvaluationInterrupted e) {
            progress.erase();
            return INTERRUPTED;
        } catch (FormatException | RowException e) {
            throw new Failure(e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new Failure(Failure.USAGE, e.getMessage());
        } finally {
            Folders.delete(work);
        }
    }

    private List<Path> directories() {
        if (adapter != null && (models.size() > 1 || !Files.isDirectory(adapter))) {
            throw new Failure(Failure.USAGE, models.size() > 1 ? "Expected one model beside --adapter, found " + models.size() + ": an adapter belongs to one base."
                    : "Expected an adapter's directory in " + adapter + ", found none.");
        }
        return models.stream().map(name -> ModelDirectory.require(home.home().checkout(), name)).toList();
    }

    private List<Row> sample(Path directory, Path work) throws IOException {
        LocalData read = LocalData.prepare(List.of(RowFile.of(data, mapping)), List.of(), directory, OptionalInt.empty(), 0, work.resolve("data"), work.resolve("rejected.jsonl"));
        read.notes().stream().map(note -> note.replaceFirst(" All of them: .*", "")).forEach(this::note);
        RowSample.mix(read.train());
        return Rows.read(read.train(), rows == 0 ? Integer.MAX_VALUE : rows);
    }

    private void note(String sentence) {
        if (json) {
            Terminal.standard().line(JsonEvents.event("note").put("message", sentence).toString());
        } else if (!markdown) {
            progress.line("note       " + sentence);
        }
    }

    private Candidate measure(Path directory, List<Row> sample, StopSignal stop) throws EvaluationInterrupted, IOException {
        String name = adapter == null ? directory.getFileName().toString() : directory.getFileName() + " + " + adapter.getFileName();
        var measured = Evaluation.run(directory, adapter, dtype, sample, answers, maxNewTokens, Integer.MAX_VALUE, observer(name), stop);
        progress.erase();
        return new Candidate(name, directory, weights(directory) + (adapter == null ? 0 : weights(adapter)), measured.result(), adapter == null ? RoundingCost.in(directory) : Optional.empty());
    }

    private EvaluationObserver observer(String name) {
        return json || markdown ? EvaluationObserver.NONE : new EvaluationObserver() {
            @Override
            public void scored(int done, int of, double loss) {
                paint(done, of, name + "  scored");
            }

            @Override
            public void answered(int done, int of) {
                paint(done, of, name + "  answered");
            }
        };
    }

    private void paint(int done, int of, String what) {
        double share = (double) done / of;
        progress.paint(ProgressBar.draw(share, BAR) + " " + Math.round(share * 100) + " %  " + done + "/" + of + "  " + what, false);
    }

    private static long weights(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".safetensors")).mapToLong(file -> file.toFile().length()).sum();
        }
    }

    private void print(List<Candidate> measured, int rowCount) {
        EvaluationTable table = new EvaluationTable(measured);
        if (markdown) {
            Terminal.standard().lines(table.markdown());
        } else if (!json) {
            Terminal.standard().lines(table.lines());
            int answered = measured.getFirst().result().generatedRows();
            Terminal.standard().line("");
            Terminal.standard().line(Figures.whole(rowCount) + " rows of " + data.getFileName() + ", " + (answered == 0 ? "none" : Figures.whole(answered)) + " answered greedily, computed in " + dtype);
        }
    }
}

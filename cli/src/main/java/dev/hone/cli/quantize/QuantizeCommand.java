package dev.hone.cli.quantize;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.cli.models.ModelDirectory;
import dev.hone.cli.work.ByteSize;
import dev.hone.cli.work.Folders;
import dev.hone.cli.work.LocalData;
import dev.hone.cli.work.RowFile;
import dev.hone.cli.work.StopSignal;
import dev.hone.llm.data.RowException;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.layout.Layout;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.quant.Budget;
import dev.hone.llm.quant.Qat;
import dev.hone.llm.quant.QuantizationSpec;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.rounding.Scheme;
import dev.hone.llm.train.CheckpointStore;
import dev.hone.llm.train.RecipeDefaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Rounds a model right here. */
@Command(name = "quantize", description = {"Round a model's weights to fewer bits right here, and say what it cost.",
        "A scheme is a type (bf16, f16, nf4, int8, int4, w8a8, w4a8; integers also with _asymmetric), then tensor, channel, g16, g32, g64 or g128, then rtn, percentile, mse,"
                + " entropy, gptq, awq, smoothquant or qat: int4-g32-gptq. What every one does: docs/quantization.md.",
        "One scheme: OUT is the model's directory. Several, or exports too: each lies below OUT by its name. With a budget only the smallest within it stays."},
        exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:written", "1:failed, with the reason", "2:called wrongly", "130:stopped; nothing is written"},
        footer = {"", "Examples:", "  ./hone quantize support-merged --scheme int4-gptq --calibration examples/support.jsonl --out support-int4",
                "  ./hone quantize hone-nano --adapter support --scheme int8,int4-awq,nf4 --calibration rows.csv --map prompt=text,completion=category --out made",
                "  ./hone quantize support-merged --scheme int4-g128-gptq,int4-g32-gptq,int8 --calibration rows.jsonl --max-perplexity-increase 0.02 --max-size 300MB --out small",
                "  ./hone quantize support-merged --scheme int4-g32-qat --calibration rows.jsonl --qat qat.yaml --out learned"})
public final class QuantizeCommand implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Parameters(paramLabel = "MODEL_DIR", description = "A model's directory, or hone-nano.")
    private String model;

    @Option(names = "--adapter", paramLabel = "DIR", description = "An adapter in PEFT's format that is merged first.")
    private Path adapter;

    @Option(names = "--scheme", split = ",", paramLabel = "NAME", description = "What to round to; several by commas. Default with a budget: int4-g128-gptq, int4-g32-gptq, int8.")
    private List<String> schemes = new ArrayList<>();

    @Option(names = "--calibration", paramLabel = "FILE", description = "Rows to look at while rounding, in any format that train takes.")
    private Path calibration;

    @Option(names = "--calibration-rows", paramLabel = "N", defaultValue = "64", description = "How many of them run through the model. Default: ${DEFAULT-VALUE}.")
    private int calibrationRows;

    @Option(names = "--heldout", paramLabel = "FILE", description = "Rows to compare on. Default: a tenth of the calibration file, which is then not looked at.")
    private Path heldOut;

    @Option(names = "--heldout-tokens", paramLabel = "N", defaultValue = "16384", description = "Tokens of them that are read, 0 to compare nothing. Default: ${DEFAULT-VALUE}.")
    private int heldOutTokens;

    @Option(names = "--map", split = ",", paramLabel = "MEANING=COLUMN", description = "Which column is what: prompt=text,completion=category.")
    private Map<String, String> mapping = new LinkedHashMap<>();

    @Option(names = "--group-size", paramLabel = "N", defaultValue = "32", description = "Weights that share a scale in schemes of four bits that do not say. Default: ${DEFAULT-VALUE}.")
    private int groupSize;

    @Option(names = "--layout", paramLabel = "NAME", defaultValue = "compressed-tensors",
            description = "Names and packing of integer schemes: compressed-tensors or gptq. Default: ${DEFAULT-VALUE}, what vLLM loads.")
    private String layout;

    @Option(names = "--quantize-embeddings", description = "Round the embedding to int8, too; where the head is tied to it, the head with it.")
    private boolean embeddings;

    @Option(names = "--quantize-head", description = "Round the head as the linear modules are.")
    private boolean head;

    @Option(names = "--max-perplexity-increase", paramLabel = "SHARE", description = "Budget: perplexity may exceed the merged model's by this share, 0.02 for 2 %%.")
    private Double maxPerplexityIncrease;

    @Option(names = "--max-kl-divergence", paramLabel = "NATS", description = "Budget: mean over held-out tokens of KL(merged, rounded).")
    private Double maxKlDivergence;

    @Option(names = "--max-size", paramLabel = "SIZE", converter = ByteSize.class, description = "Budget: bytes of the weights' files, such as 300MB.")
    private Double maxSize;

    @Option(names = "--export", split = ",", paramLabel = "NAME", description = "The merged model in further formats: bf16, gguf-f16, gguf-q8_0, gguf-q4_0, gguf-q4_k, gguf-q6_k.")
    private List<String> exports = new ArrayList<>();

    @Option(names = "--qat", paramLabel = "RECIPE.yaml", description = "How schemes of the method qat learn: its block qat below quantization. With a budget it is trained only where no scheme is within.")
    private Path qat;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Gets the result; must be empty, or not there yet.")
    private Path out;

    @Option(names = "--force", description = "Replace what lies in OUT once the result is whole.")
    private boolean force;

    @Option(names = "--work", paramLabel = "DIR", description = "Scratch folder, on the file system of OUT. Default: OUT.work")
    private Path work;

    @Option(names = "--resume", negatable = true, defaultValue = "true", fallbackValue = "true",
            description = "Go on from a checkpoint of a training with rounded weights; the default. --no-resume begins anew.")
    private boolean resume;

    @Option(names = "--json", description = "A JSON object a line for every event and scheme, and nothing else.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        QuantizeScreen screen = json ? new JsonQuantizeScreen(System.out) : new TextQuantizeScreen(Terminal.standard(), budget().binds());
        try (StopSignal stop = StopSignal.listen(screen::stopping)) {
            return run(screen, stop).run();
        } catch (FormatException | RowException | QuantizationFailed e) {
            throw QuantizeRun.misused(screen, e);
        }
    }

    private QuantizeRun run(QuantizeScreen screen, StopSignal stop) throws IOException {
        Path directory = ModelDirectory.require(home.home().checkout(), model);
        Optional<QatPlan> plan = plan();
        List<String> wanted = plan.filter(p -> !budget().binds()).map(p -> p.added(schemes(), groupSize)).orElse(schemes());
        wanted.forEach(label -> Scheme.of(label, groupSize));
        requireFree(directory);
        Path scratch = scratch();
        QuantizeRows rows = rows(directory, scratch);
        rows.notes().forEach(screen::note);
        Qat learned = plan.map(p -> learned(p, directory, rows, scratch, screen)).orElse(null);
        boolean roundsEmbedding = embeddings || plan.map(QatPlan::embedding).orElse(false);
        QuantizationSpec spec = new QuantizationSpec(directory, adapter == null ? directory : adapter, wanted, groupSize, rows.rows(), layout(), roundsEmbedding, head, exports, budget(), learned,
                QuantizeRun.made(scratch));
        List<String> things = Stream.concat(wanted.stream(), exports.stream()).toList();
        screen.begins(directory.getFileName().toString(), things);
        return new QuantizeRun(spec, things.size() == 1 ? Placement.folder(spec.output(), out, things.getFirst()) : Placement.each(spec.output(), out), scratch, screen, stop);
    }

    /** As planned with a budget where none is named: from few bits to many. */
    private List<String> schemes() {
        boolean planned = schemes.isEmpty() && budget().binds();
        return planned ? calibration == null ? List.of("int4-g128", "int4-g32", "int8") : List.of("int4-g128-gptq", "int4-g32-gptq", "int8") : schemes.stream().distinct().toList();
    }

    private void requireFree(Path directory) throws IOException {
        if (adapter != null && !Files.isDirectory(adapter)) {
            throw new Failure(Failure.USAGE, "Expected an adapter's directory in " + adapter + ", found none.");
        }
        if (force) {
            Folders.requireReplaceable(out, adapter == null ? List.of(directory) : List.of(directory, adapter));
        } else {
            Folders.requireEmpty(out, "the result", "Name another one with --out, or replace it with --force.");
        }
    }

    private Budget budget() {
        return new Budget(bound(maxPerplexityIncrease), bound(maxKlDivergence), bound(maxSize));
    }

    private static double bound(Double value) {
        return value == null ? Double.POSITIVE_INFINITY : value;
    }

    private Optional<QatPlan> plan() {
        if (qat != null) {
            return Optional.of(QatPlan.of(qat, groupSize));
        }
        return schemes.stream().filter(label -> QatPlan.learns(label, groupSize)).findFirst().map(QatPlan::of);
    }

    private Qat learned(QatPlan plan, Path directory, QuantizeRows rows, Path scratch, QuantizeScreen screen) {
        LocalData data = rows.learnable().orElseThrow(() -> new Failure(Failure.USAGE, "Expected rows to learn from for a scheme of the method qat, found none: name a file with --calibration FILE."));
        ModelConfig config = ModelConfig.load(directory);
        RecipeDefaults.Sizes sizes = new RecipeDefaults.Sizes(ModelLayout.parameters(config), config.maxPositionEmbeddings(), data.trainRows(), data.maxRowTokens(), data.rowKind());
        return new Qat(plan.training(sizes), plan.afterSteps(), budget().binds() ? plan.scheme() : null,
                scheme -> CheckpointStore.local(QuantizeRun.checkpoints(scratch, scheme)), screen.training());
    }

    private Layout layout() {
        return switch (layout) {
            case "compressed-tensors" -> Layout.COMPRESSED_TENSORS;
            case "gptq" -> Layout.GPTQ;
            default -> throw new Failure(Failure.USAGE, "Expected compressed-tensors or gptq as the layout, found \"" + layout + "\".");
        };
    }

    private QuantizeRows rows(Path directory, Path scratch) throws IOException {
        RowFile looked = calibration == null ? null : RowFile.of(calibration, mapping);
        RowFile compared = heldOut == null ? null : RowFile.of(heldOut, mapping);
        return QuantizeRows.prepare(new QuantizeRows.Asked(looked, calibrationRows, compared, heldOutTokens), directory, QuantizeRun.rows(scratch), Folders.beside(out, ".rejected.jsonl"));
    }

    private Path scratch() throws IOException {
        Path folder = work == null ? Folders.beside(out, ".work") : work;
        QuantizeRun.clear(folder, resume);
        return folder;
    }
}

package dev.hone.cli.quantize;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.cli.models.ModelDirectory;
import dev.hone.cli.work.Folders;
import dev.hone.cli.work.RowFile;
import dev.hone.cli.work.StopSignal;
import dev.hone.llm.data.RowException;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.layout.Layout;
import dev.hone.llm.quant.Budget;
import dev.hone.llm.quant.QuantizationSpec;
import dev.hone.llm.rounding.QuantizationFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a model as other engines read it. */
@Command(name = "export", description = {"Write a model, with its adapter merged, as other engines read it, and read it back to see what was lost.",
        "gguf: one file with tokenizer and chat template, for llama.cpp, Ollama and their like; types f32, f16, bf16, q8_0, q6_k, q5_k, q5_0, q4_k, q4_0.",
        "safetensors: a plain Hugging Face directory; types bf16, f16. What vLLM loads in four or eight bits is written by ./hone quantize."},
        footer = {"", "Examples:", "  ./hone export hone-nano --adapter support --format gguf --type q4_k support.gguf", "  ./hone export support-merged --format gguf --type q4_k --calibration examples/support.jsonl support-q4.gguf",
                "  ./hone export support-int4 --format safetensors support-plain"})
public final class ExportCommand implements Callable<Integer> {
    private static final List<String> GGUF = List.of("f32", "f16", "bf16", "q8_0", "q6_k", "q5_k", "q5_0", "q4_k", "q4_0");
    private static final List<String> SAFETENSORS = List.of("bf16", "f16");

    @Mixin private HomeOption home;

    @Parameters(paramLabel = "MODEL_DIR", description = "A model's directory, plain or quantized, or hone-nano.")
    private String model;

    @Option(names = "--adapter", paramLabel = "DIR", description = "An adapter in PEFT's format that is merged first.")
    private Path adapter;

    @Option(names = "--format", paramLabel = "NAME", defaultValue = "gguf", description = "gguf or safetensors. Default: ${DEFAULT-VALUE}.")
    private String format;

    @Option(names = "--type", paramLabel = "NAME", description = "How weights are stored. Default: q8_0 with gguf, bf16 with safetensors.")
    private String type;

    @Option(names = "--calibration", paramLabel = "FILE", description = "With gguf: rows, in any format that train takes, that say which inputs matter; they run through the model first.")
    private Path calibration;

    @Option(names = "--calibration-rows", paramLabel = "N", defaultValue = "64", description = "How many of them. Default: ${DEFAULT-VALUE}.")
    private int calibrationRows;

    @Option(names = "--map", split = ",", paramLabel = "MEANING=COLUMN", description = "Which column is what: prompt=text,completion=category.")
    private Map<String, String> mapping = new LinkedHashMap<>();

    @Parameters(paramLabel = "OUT", description = "Gets the file, or the directory; may not be there yet.")
    private Path out;

    @Option(names = "--force", description = "Replace what lies in OUT once the result is whole.")
    private boolean force;

    @Option(names = "--json", description = "A JSON object a line for every event, and nothing else.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        boolean gguf = isGguf();
        String stored = stored(gguf ? GGUF : SAFETENSORS, gguf ? "q8_0" : "bf16");
        Path directory = ModelDirectory.require(home.home().checkout(), model);
        requireFree(directory, gguf);
        Path work = Folders.beside(out, ".work");
        QuantizeRun.clear(work, false);
        QuantizeScreen screen = json ? new JsonQuantizeScreen(System.out) : new TextQuantizeScreen(Terminal.standard(), false);
        String name = gguf ? "gguf-" + stored : stored;
        try (StopSignal stop = StopSignal.listen(screen::stopping)) {
            QuantizationSpec spec = spec(directory, name, work, screen);
            screen.begins(directory.getFileName().toString(), List.of(name));
            return new QuantizeRun(spec, gguf ? Placement.file(spec.output(), out, name) : Placement.folder(spec.output(), out, name), work, screen, stop).run();
        } catch (FormatException | RowException | QuantizationFailed e) {
            throw QuantizeRun.misused(screen, e);
        }
    }

    /** Half precision is a scheme, the others are exports. */
    private QuantizationSpec spec(Path directory, String name, Path work, QuantizeScreen screen) throws IOException {
        boolean scheme = name.equals("f16");
        return new QuantizationSpec(directory, adapter == null ? directory : adapter, scheme ? List.of(name) : List.of(), 32, rows(directory, work, screen),
                Layout.COMPRESSED_TENSORS, false, false, scheme ? List.of() : List.of(name), Budget.NONE, null, QuantizeRun.made(work));
    }

    private QuantizationSpec.Rows rows(Path directory, Path work, QuantizeScreen screen) throws IOException {
        if (calibration == null) {
            return QuantizationSpec.Rows.NONE;
        }
        var asked = new QuantizeRows.Asked(RowFile.of(calibration, mapping), calibrationRows, null, 0);
        QuantizeRows rows = QuantizeRows.prepare(asked, directory, QuantizeRun.rows(work), Folders.beside(out, ".rejected.jsonl"));
        rows.notes().forEach(screen::note);
        return rows.rows();
    }

    private boolean isGguf() {
        return switch (format) {
            case "gguf" -> true;
            case "safetensors" -> false;
            case "gptq", "compressed-tensors" -> throw new Failure(Failure.USAGE, "Expected gguf or safetensors as the format, found " + format + ", which holds rounded weights: use\n  ./hone quantize "
                    + model + " --scheme int4-gptq --layout " + format + " --calibration FILE --out " + out);
            default -> throw new Failure(Failure.USAGE, "Expected gguf or safetensors as the format, found \"" + format + "\".");
        };
    }

    private String stored(List<String> known, String planned) {
        if (type == null) {
            return planned;
        }
        String name = type.toLowerCase(java.util.Locale.ROOT);
        if (!known.contains(name)) {
            throw new Failure(Failure.USAGE, "Expected one of " + String.join(", ", known) + " as the type of " + format + ", found \"" + type + "\".");
        }
        return name;
    }

    private void requireFree(Path directory, boolean file) throws IOException {
        if (adapter != null && !Files.isDirectory(adapter)) {
            throw new Failure(Failure.USAGE, "Expected an adapter's directory in " + adapter + ", found none.");
        }
        if (file) {
            if (Files.isDirectory(out)) {
                throw new Failure(Failure.USAGE, "Expected the name of a file to write, found the folder " + out + ". For example: " + out.resolve("model.gguf"));
            }
            if (Files.exists(out) && !force) {
                throw new Failure("Expected a file that is not there yet, found " + out + ". Name another one, or replace it with --force.");
            }
        } else if (force) {
            Folders.requireReplaceable(out, adapter == null ? List.of(directory) : List.of(directory, adapter));
        } else {
            Folders.requireEmpty(out, "the model", "Name another one, or replace it with --force.");
        }
    }
}

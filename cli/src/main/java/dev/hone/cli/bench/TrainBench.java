package dev.hone.cli.bench;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.llm.train.CheckpointStore;
import dev.hone.llm.train.FineTune;
import dev.hone.llm.train.FineTuneResult;
import dev.hone.llm.train.FineTuneSpec;
import dev.hone.llm.train.StepReport;
import dev.hone.llm.train.TrainingObserver;
import dev.hone.llm.train.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tokens per second and peak memory of training, on full sequences. */
@Command(name = "train", description = "Train some steps and print tokens per second (of the last 20 steps) and peak memory.",
        footer = {"", "Example:", "  ./hone bench train --model random-110m --method qlora"})
final class TrainBench implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Option(names = "--model", defaultValue = "hone-nano", description = "hone-nano, random-110m, random-1.1b or a directory.")
    private String model;

    @Option(names = "--method", defaultValue = "qlora", description = "qlora, lora or full.")
    private String method;

    @Option(names = "--dtype", defaultValue = "bf16", description = "bf16 or f32.")
    private String dtype;

    @Option(names = "--steps", defaultValue = "40")
    private int steps;

    @Option(names = "--batch", defaultValue = "8", description = "Sequences in a step.")
    private int batch;

    @Option(names = "--sequence", defaultValue = "256", description = "Tokens of a sequence.")
    private int sequence;

    @Option(names = "--rank", defaultValue = "16")
    private int rank;

    @Option(names = "--data", paramLabel = "FILE.jsonl", description = "Canonical rows; the phone shop's answers unless given.")
    private Path data;

    @Option(names = "--chat", description = "Learn conversations one by one, with --packing several in a sequence; else rows run together fill every sequence.")
    private boolean chat;

    @Option(names = "--packing", description = "Fill sequences with several conversations.")
    private boolean packing;

    @Option(names = "--checkpointing", arity = "1", description = "Compute layers a second time on the way back: true or false; else where memory asks for it.")
    private Boolean checkpointing;

    @Override
    public Integer call() throws IOException {
        Path checkout = home.home().checkout();
        try (Scratch scratch = Scratch.make()) {
            Path directory = new BenchModels(checkout).directory(model, scratch.folder());
            AtomicReference<StepReport> last = new AtomicReference<>();
            FineTuneSpec spec = new FineTuneSpec(directory, data == null ? checkout.resolve("examples/support.jsonl") : data, null,
                    scratch.folder().resolve("out"), scratch.folder().resolve("work"), recipe());
            FineTuneResult result = FineTune.run(spec, new LastStep(last), CheckpointStore.none(), () -> false);
            Terminal.standard().line(String.join("\t", model, method, dtype, batch + "x" + sequence,
                    Figures.whole(result.trainableParameters()), Figures.whole(Math.round(last.get().tokensPerSecond())), Figures.bytes(Scratch.peakBytes())));
        }
        return 0;
    }

    private record LastStep(AtomicReference<StepReport> last) implements TrainingObserver {
        @Override
        public void step(StepReport report) {
            last.set(report);
        }
    }

    private TrainingRecipe recipe() {
        return TrainingRecipe.parse("{}").with("method", method).with("objective", chat ? "chat" : "next_token").with("sample_packing", packing).with("gradient_checkpointing", checkpointing).with("lora_r", rank).with("lora_alpha", 2.0 * rank)
                .with("learning_rate", method.equals("full") ? 1e-5 : 1e-4).with("lr_scheduler", "constant").with("warmup_steps", 0).with("max_steps", steps)
                .with("micro_batch_size", batch).with("sequence_len", sequence).with("compute_dtype", dtype);
    }
}

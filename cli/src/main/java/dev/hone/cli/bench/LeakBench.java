package dev.hone.cli.bench;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.llm.train.CheckpointStore;
import dev.hone.llm.train.FineTune;
import dev.hone.llm.train.FineTuneSpec;
import dev.hone.llm.train.StepReport;
import dev.hone.llm.train.TrainingObserver;
import dev.hone.llm.train.TrainingRecipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Resident memory over many steps, with the validations and checkpoints between them. */
@Command(name = "leak", description = "Train many steps of a small model and print resident memory as it goes, and its slope.",
        footer = {"", "Example:", "  ./hone bench leak --method qlora --steps 2000"})
final class LeakBench implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Option(names = "--model", defaultValue = "hone-nano", description = "hone-nano, random-110m, random-1.1b or a directory.")
    private String model;

    @Option(names = "--method", defaultValue = "qlora", description = "qlora, lora or full.")
    private String method;

    @Option(names = "--optimizer", defaultValue = "adamw", description = "adamw, adamw_8bit, paged_adamw, paged_adamw_8bit or sgd.")
    private String optimizer;

    @Option(names = "--steps", defaultValue = "2000")
    private int steps;

    @Option(names = "--every", defaultValue = "200", description = "Steps between two lines; also between validations and checkpoints.")
    private int every;

    @Option(names = "--batch", defaultValue = "2", description = "Rows in a step.")
    private int batch;

    @Option(names = "--sequence", defaultValue = "64", description = "Tokens of a row at most.")
    private int sequence;

    @Override
    public Integer call() throws IOException {
        Path checkout = home.home().checkout();
        try (Scratch scratch = Scratch.make()) {
            Path directory = new BenchModels(checkout).directory(model, scratch.folder());
            Path rows = checkout.resolve("examples/support.jsonl");
            Samples samples = new Samples(every);
            Terminal.standard().line("step\tloss\tresident\theap\tresident outside the heap");
            FineTune.run(new FineTuneSpec(directory, rows, null, scratch.folder().resolve("out"), scratch.folder().resolve("work"), recipe()),
                    samples, CheckpointStore.local(scratch.folder().resolve("checkpoints")), () -> false);
            samples.printSlope();
        }
        return 0;
    }

    private TrainingRecipe recipe() {
        return TrainingRecipe.parse("{}").with("method", method).with("optimizer", optimizer).with("lora_dropout", 0.05).with("learning_rate", 1e-4).with("max_steps", steps)
                .with("micro_batch_size", batch).with("sequence_len", sequence).with("save_steps", every);
    }

    /**
     * Memory by step. The heap is counted apart: it has a bound of its own and goes up and down as the collector likes. It is
     * collected before each look, which gives back what it holds in reserve and may not have touched.
     */
    private static final class Samples implements TrainingObserver {
        private final int every;
        private final List<double[]> outsideByStep = new ArrayList<>();

        Samples(int every) {
            this.every = every;
        }

        @Override
        public void step(StepReport report) {
            if (report.step() % every != 0) {
                return;
            }
            System.gc();
            double resident = resident();
            double heap = Runtime.getRuntime().totalMemory();
            outsideByStep.add(new double[] {report.step(), resident - heap});
            Terminal.standard().line(String.join("\t", Figures.whole(report.step()), Figures.decimal(report.loss(), 3), Figures.bytes(resident), Figures.bytes(heap), Figures.bytes(resident - heap)));
        }

        private static double resident() {
            try {
                return Scratch.residentBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** By least squares over the later half: what is loaded and compiled once is there by then. */
        void printSlope() {
            List<double[]> late = outsideByStep.subList(outsideByStep.size() / 2, outsideByStep.size());
            double step = late.stream().mapToDouble(s -> s[0]).average().orElse(Double.NaN);
            double bytes = late.stream().mapToDouble(s -> s[1]).average().orElse(Double.NaN);
            double slope = late.stream().mapToDouble(s -> (s[0] - step) * (s[1] - bytes)).sum() / late.stream().mapToDouble(s -> (s[0] - step) * (s[0] - step)).sum();
            Terminal.standard().line("slope outside the heap, later half: " + Figures.decimal(slope / 1000, 3) + " kB a step");
        }
    }
}

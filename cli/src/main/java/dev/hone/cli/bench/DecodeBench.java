package dev.hone.cli.bench;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.Generator;
import dev.hone.llm.generate.Sampling;
import dev.hone.llm.layout.Layout;
import dev.hone.llm.quant.Budget;
import dev.hone.llm.quant.Quantization;
import dev.hone.llm.quant.QuantizationObserver;
import dev.hone.llm.quant.QuantizationSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tokens per second of one stream: reading a prompt, and answering it token by token. */
@Command(name = "decode", description = "Read a prompt and generate greedily; print tokens per second of both (median of the repetitions) and peak memory.",
        footer = {"", "Example:", "  ./hone bench decode --model random-110m --scheme int8"})
final class DecodeBench implements Callable<Integer> {
    private static final int GROUP = 32;

    @Mixin private HomeOption home;

    @Option(names = "--model", defaultValue = "hone-nano", description = "hone-nano, random-110m or a directory.")
    private String model;

    @Option(names = "--scheme", defaultValue = "bf16", description = "bf16, int8, int8_asymmetric or int4.")
    private String scheme;

    @Option(names = "--prompt", defaultValue = "128", description = "Tokens of the prompt.")
    private int prompt;

    @Option(names = "--tokens", defaultValue = "128", description = "Tokens of the answer.")
    private int tokens;

    @Option(names = "--repeat", defaultValue = "5")
    private int repeat;

    @Override
    public Integer call() throws IOException {
        try (Scratch scratch = Scratch.make()) {
            Path directory = quantized(new BenchModels(home.home().checkout()).directory(model, scratch.folder()), scratch.folder());
            try (Generator generator = Generator.load(directory)) {
                int[] ids = new int[prompt];
                // Ids of ordinary tokens: the first ones are special, and a model may treat them so.
                Arrays.setAll(ids, i -> 300 + i * 7 % 1000);
                double reading = median(() -> read(generator, ids));
                double answering = median(() -> answer(generator, ids));
                Terminal.standard().line(String.join("\t", model, scheme, Figures.whole(generator.parameters()),
                        Figures.whole(Math.round(reading)), Figures.decimal(answering, 1), Figures.bytes(Scratch.peakBytes())));
            }
        }
        return 0;
    }

    private Path quantized(Path directory, Path scratch) {
        if (scheme.equals("bf16")) {
            return directory;
        }
        Path out = scratch.resolve("quantized");
        Quantization.run(new QuantizationSpec(directory, directory, List.of(scheme), GROUP, QuantizationSpec.Rows.NONE, Layout.COMPRESSED_TENSORS, false, false, List.of(), Budget.NONE, null, out), new Silent(), () -> false);
        return out.resolve(scheme);
    }

    private record Silent() implements QuantizationObserver {
        @Override
        public void layer(int done, int total, String name) {}
    }

    private static double read(Generator generator, int[] ids) {
        long began = System.nanoTime();
        generator.generate(ids, Sampling.greedy(1), text -> { }, () -> false);
        return ids.length / seconds(began);
    }

    /** The time of the prompt is taken off by asking for it alone. */
    private double answer(Generator generator, int[] ids) {
        long alone = System.nanoTime();
        generator.generate(ids, Sampling.greedy(1), text -> { }, () -> false);
        double promptSeconds = seconds(alone);
        long began = System.nanoTime();
        Completion completion = generator.generate(ids, Sampling.greedy(tokens), text -> { }, () -> false);
        return (completion.completionTokens() - 1) / (seconds(began) - promptSeconds);
    }

    private double median(DoubleSupplier measure) {
        measure.getAsDouble();
        double[] sorted = DoubleStream.generate(measure).limit(repeat).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}

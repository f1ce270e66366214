package dev.hone.cli.bench;

import dev.hone.cli.load.LoadBench;
import picocli.CommandLine.Command;

/** The measurements; the scripts in bench/ say how they are meant to be called. */
@Command(name = "bench", hidden = true, description = "Measure training, decoding, serving (also under load), quantization, the pipeline around them, or how many events the services take; see bench/README.md.",
        subcommands = {TrainBench.class, LeakBench.class, DecodeBench.class, ServeBench.class, ModelBench.class, QuantizeBench.class, PipelineBench.class, RatesBench.class, LoadBench.class}, footer = {"", "Example:", "  ./hone bench train --model random-110m"})
public final class BenchCommand {}

package dev.hone.cli.bench;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.llm.engine.Engine;
import dev.hone.llm.engine.EngineBusy;
import dev.hone.llm.engine.EngineSettings;
import dev.hone.llm.engine.Engines;
import dev.hone.llm.engine.LoadedAdapter;
import dev.hone.llm.engine.LoadedModel;
import dev.hone.llm.engine.ServedAs;
import dev.hone.llm.format.ModelConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The serving engine in this process: one answer, a prompt, many answers, many adapters. */
@Command(name = "serve", description = {"Let the serving engine answer in this process and print tokens per second (the best of the repetitions, and the median):",
        "decode (one answer), prefill (a prompt), streams (many answers at once), adapters (as many answers, each with an adapter of its own, beside the base alone), merged (a model with its adapter added to its weights, beside the base)."},
        footer = {"", "Example:", "  ./hone bench serve --model random-110m --as int8"})
final class ServeBench implements Callable<Integer> {
    private static final long CACHE = 2L << 30;
    private static final int SHORT_PROMPT = 32;

    @Mixin private HomeOption home;

    @Option(names = "--model", defaultValue = "hone-nano", description = "hone-nano, random-110m, random-1.1b or a directory.")
    private String model;

    @Option(names = "--as", defaultValue = "int8", description = "bf16, int8, int4 or stored.")
    private String as;

    @Option(names = "--threads", defaultValue = "2")
    private int threads;

    @Option(names = "--what", split = ",", defaultValue = "decode,prefill,streams,adapters,merged", description = "What to measure.")
    private List<String> what;

    @Option(names = "--prompt", defaultValue = "512", description = "Tokens of the prompt.")
    private int prompt;

    @Option(names = "--tokens", defaultValue = "64", description = "Tokens of an answer.")
    private int tokens;

    @Option(names = "--streams", defaultValue = "16", description = "Answers at once.")
    private int streams;

    @Option(names = "--adapters", defaultValue = "32", description = "Adapters, and answers at once with them.")
    private int adapters;

    @Option(names = "--rank", defaultValue = "16", description = "Rank of the adapters.")
    private int rank;

    @Option(names = "--step-tokens", defaultValue = "512", description = "Most tokens read in a step.")
    private int stepTokens;

    @Option(names = "--repeat", defaultValue = "5")
    private int repeat;

    @Override
    public Integer call() throws IOException, EngineBusy, InterruptedException {
        StepLog log = new StepLog();
        try (Scratch scratch = Scratch.make();
                Engine engine = Engines.start(new EngineSettings(threads, CACHE, Math.max(streams, adapters), 256, stepTokens), log)) {
            Path directory = new BenchModels(home.home().checkout()).directory(model, scratch.folder());
            ModelConfig config = ModelConfig.load(directory);
            try (LoadedModel loaded = engine.load(directory, type())) {
                EngineStreams base = new EngineStreams(engine, loaded, log);
                if (what.contains("decode")) {
                    decode(base, loaded.bytes() - unread(config));
                }
                if (what.contains("prefill")) {
                    int read = Math.min(prompt, loaded.contextLength() - 1);
                    line("prefill " + read, best(() -> base.reading(read)), "");
                }
                if (what.contains("streams")) {
                    line(streams + " streams", best(() -> base.answering(streams, SHORT_PROMPT, tokens, List.of())), "");
                }
                if (what.contains("adapters")) {
                    adapters(engine, loaded, base, RandomAdapters.write(config, scratch.folder(), adapters, rank));
                }
                if (what.contains("merged")) {
                    merged(engine, log, directory, base, RandomAdapters.write(config, scratch.folder(), 1, rank).getFirst());
                }
            }
        }
        return 0;
    }

    private ServedAs type() {
        return ServedAs.valueOf(as.toUpperCase(Locale.ROOT));
    }

    /** A table of its own for embeddings is looked up, row by row; one that is the head, too, is read whole. */
    private static long unread(ModelConfig config) {
        return config.tieWordEmbeddings() ? 0 : 2L * config.vocabSize() * config.hiddenSize();
    }

    private void decode(EngineStreams base, long bytesPerToken) throws EngineBusy, InterruptedException {
        double before = Bandwidth.read(threads);
        Rate rate = best(() -> base.answering(1, SHORT_PROMPT, tokens, List.of()));
        double bandwidth = Math.max(before, Bandwidth.read(threads));
        line("decode", rate, Figures.percent(rate.best() * bytesPerToken / bandwidth) + " of " + Figures.bytes(bandwidth) + "/s");
    }

    /** In turn, so that a machine that grows busier slows both. */
    private void adapters(Engine engine, LoadedModel loaded, EngineStreams base, List<Path> directories) throws EngineBusy, InterruptedException {
        List<LoadedAdapter> all = new ArrayList<>();
        try {
            directories.forEach(directory -> all.add(engine.loadAdapter(loaded, directory)));
            pair(adapters + " streams", () -> base.answering(adapters, SHORT_PROMPT, tokens, List.of()),
                    adapters + " adapters of rank " + rank, () -> base.answering(adapters, SHORT_PROMPT, tokens, all));
        } finally {
            all.forEach(LoadedAdapter::close);
        }
    }

    private void merged(Engine engine, StepLog log, Path directory, EngineStreams base, Path adapter) throws EngineBusy, InterruptedException {
        try (LoadedModel merged = engine.loadMerged(directory, adapter, type())) {
            EngineStreams other = new EngineStreams(engine, merged, log);
            pair(streams + " streams", () -> base.answering(streams, SHORT_PROMPT, tokens, List.of()),
                    "merged", () -> other.answering(streams, SHORT_PROMPT, tokens, List.of()));
        }
    }

    private interface Measured {
        double rate() throws EngineBusy, InterruptedException;
    }

    private record Rate(double best, double median) {
        static Rate of(List<Double> rates) {
            List<Double> sorted = rates.stream().sorted().toList();
            return new Rate(sorted.getLast(), sorted.get(sorted.size() / 2));
        }
    }

    private Rate best(Measured measured) throws EngineBusy, InterruptedException {
        measured.rate();
        List<Double> rates = new ArrayList<>();
        for (int i = 0; i < repeat; i++) {
            rates.add(measured.rate());
        }
        return Rate.of(rates);
    }

    private void pair(String oneName, Measured one, String otherName, Measured other) throws EngineBusy, InterruptedException {
        one.rate();
        other.rate();
        List<Double> ones = new ArrayList<>();
        List<Double> others = new ArrayList<>();
        for (int i = 0; i < repeat; i++) {
            ones.add(one.rate());
            others.add(other.rate());
        }
        line(oneName, Rate.of(ones), "");
        line(otherName, Rate.of(others), Figures.percent(Rate.of(others).best() / Rate.of(ones).best()) + " of the base, median " + Figures.percent(Rate.of(others).median() / Rate.of(ones).median()));
    }

    private void line(String name, Rate rate, String remark) {
        Terminal.standard().line(String.join("\t", model, as, name, Figures.decimal(rate.best(), 1), Figures.decimal(rate.median(), 1), remark));
    }
}

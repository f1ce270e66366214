package dev.hone.cli.bench;

import dev.hone.llm.format.AdapterConfig;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Adapters of every linear module in PEFT's format, different from each other, for which speed is all that counts. */
final class RandomAdapters {
    private static final double SIZE = 0.01;

    private RandomAdapters() {}

    /** @return a directory each, below the folder */
    static List<Path> write(ModelConfig config, Path folder, int count, int rank) throws IOException {
        List<Path> directories = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Path directory = Files.createDirectories(folder.resolve("adapter-" + i));
            AdapterConfig described = AdapterConfig.plain(rank, 2.0 * rank, ModelLayout.linearNames(config), "random");
            new AdapterFiles(described, pairs(config, rank, new Random(i))).write(directory);
            directories.add(directory);
        }
        return directories;
    }

    private static Map<String, AdapterFiles.Pair> pairs(ModelConfig config, int rank, Random random) {
        Map<String, AdapterFiles.Pair> pairs = new TreeMap<>();
        IntStream.range(0, config.numHiddenLayers()).boxed().flatMap(layer -> ModelLayout.linears(config, layer).stream()).forEach(weight -> {
            int out = Math.toIntExact(weight.shape()[0]);
            int in = Math.toIntExact(weight.shape()[1]);
            pairs.put(weight.module(), new AdapterFiles.Pair(in, out, rank, values(random, rank * in), values(random, out * rank)));
        });
        return pairs;
    }

    private static float[] values(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * SIZE);
        }
        return values;
    }
}

package dev.hone.cli.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What quantizing wrote beside a model.
 *
 * @param bitsPerWeight of its linear modules
 * @param meanKl against the merged model, in nats; NaN where nothing was compared
 * @param sameTop share of tokens where both guess the same first; NaN likewise
 */
record RoundingCost(double bitsPerWeight, double meanKl, double sameTop) {
    private static final String FILE = "quantization.json";

    static Optional<RoundingCost> in(Path directory) throws IOException {
        if (!Files.isRegularFile(directory.resolve(FILE))) {
            return Optional.empty();
        }
        JsonNode scheme = new ObjectMapper().readTree(directory.resolve(FILE).toFile()).path("schemes").path(0);
        if (!scheme.has("bits_per_weight")) {
            return Optional.empty();
        }
        JsonNode fidelity = scheme.path("fidelity");
        return Optional.of(new RoundingCost(scheme.path("bits_per_weight").asDouble(), fidelity.path("mean_kl_divergence").asDouble(Double.NaN), fidelity.path("same_top").asDouble(Double.NaN)));
    }
}

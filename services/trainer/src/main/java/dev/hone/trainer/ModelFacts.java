package dev.hone.trainer;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.CorruptArtifact;
import dev.hone.jobs.JobFailure;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a plan needs to know of a base model. */
record ModelFacts(ModelConfig config) {

    static final String CONFIG = "config.json";

    /**
     * Reads the model's {@code config.json} in the store, not its weights.
     *
     * @throws JobFailure when the store has no such model, one that cannot be run faithfully, or one that nobody vouches for
     * @throws IOException when the store is away
     */
    static ModelFacts read(ArtifactStore store, String baseModel) throws IOException, JobFailure {
        String prefix = ArtifactLayout.baseModel(baseModel);
        Path directory = Files.createTempDirectory("hone-plan-");
        try {
            Path config = directory.resolve(CONFIG);
            Files.write(config, store.readFile(prefix, CONFIG));
            return new ModelFacts(ModelConfig.load(directory));
        } catch (ArtifactMissing e) {
            throw JobFailure.userError("unknown_base_model", "Expected the base model '" + baseModel + "' in the store, found no "
                    + ArtifactLayout.manifest(prefix) + " with a " + CONFIG + ". Upload it, or name one that is there.");
        } catch (CorruptArtifact e) {
            throw new JobFailure(e.code(), e.getMessage(), false, e);
        } catch (FormatException e) {
            throw JobFailure.userError("unsupported_base_model", e.getMessage());
        } finally {
            Files.deleteIfExists(directory.resolve(CONFIG));
            Files.delete(directory);
        }
    }

    /** Weights in all. */
    long parameters() {
        return ModelLayout.parameters(config);
    }

    /** Most tokens of one row. */
    int contextLength() {
        return config.maxPositionEmbeddings();
    }
}

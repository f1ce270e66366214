package dev.hone.trainer;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.jobs.JobFailure;
import dev.hone.v1.DatasetReady;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * What a plan needs to know of a dataset.
 *
 * @param trainRows rows of {@code train.jsonl}
 * @param maxRowTokens longest row in tokens
 */
record DatasetFacts(int trainRows, int maxRowTokens) {

    static final String TRAIN_ROWS = "train.jsonl";

    /** English takes about four characters to a token; three leaves room for a tokenizer that does worse. */
    private static final int CHARACTERS_PER_TOKEN = 3;

    /** As the writer of the dataset counted, or as its rows say where it did not. */
    static DatasetFacts of(DatasetReady ready, ArtifactStore store) throws IOException, JobFailure {
        if (ready.getTrainRows() > 0 && ready.getMaxRowTokens() > 0) {
            return new DatasetFacts(ready.getTrainRows(), ready.getMaxRowTokens());
        }
        return read(store, ready.getDataset().getManifest());
    }

    /**
     * Counts the rows and estimates the longest one's tokens from its characters.
     *
     * @throws JobFailure when there is no such dataset, or no row in it
     */
    static DatasetFacts read(ArtifactStore store, String manifest) throws IOException, JobFailure {
        if (store.manifest(manifest).isEmpty()) {
            throw JobFailure.userError("unknown_dataset", "Expected a dataset at " + manifest + ", found no manifest there."
                    + " Write train.jsonl first and the manifest last.");
        }
        int rows = 0;
        int longest = 0;
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                store.open(ArtifactLayout.file(manifest, TRAIN_ROWS)), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                rows += line.isBlank() ? 0 : 1;
                longest = Math.max(longest, line.length());
            }
        } catch (ArtifactMissing e) {
            throw JobFailure.userError("unknown_dataset", e.getMessage());
        }
        if (rows == 0) {
            throw JobFailure.userError("empty_dataset", "Expected rows to train on in " + manifest + ", found none.");
        }
        return new DatasetFacts(rows, longest / CHARACTERS_PER_TOKEN + 1);
    }
}

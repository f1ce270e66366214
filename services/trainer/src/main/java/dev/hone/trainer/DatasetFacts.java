package dev.hone.trainer;

import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.CorruptArtifact;
import dev.hone.jobs.JobFailure;
import dev.hone.llm.data.RowException;
import dev.hone.llm.data.Rows;
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
 * @param rowKind chat, text or preference; empty where its writer did not say
 */
record DatasetFacts(int trainRows, int maxRowTokens, String rowKind) {

    static final String TRAIN_ROWS = "train.jsonl";

    /** English takes about four characters to a token; three leaves room for a tokenizer that does worse. */
    private static final int CHARACTERS_PER_TOKEN = 3;

    /** As the writer of the dataset counted, or as its rows say where it did not. */
    static DatasetFacts of(DatasetReady ready, ArtifactStore store) throws IOException, JobFailure {
        if (ready.getTrainRows() > 0 && ready.getMaxRowTokens() > 0) {
            return new DatasetFacts(ready.getTrainRows(), ready.getMaxRowTokens(), ready.getRowKind());
        }
        return read(store, ready.getDataset().getManifest());
    }

    /**
     * Counts the rows, estimates the longest one's tokens from its characters, and looks at the first for their kind.
     *
     * @throws JobFailure when there is no such dataset, no row in it, or nobody vouches for it
     */
    static DatasetFacts read(ArtifactStore store, String manifest) throws IOException, JobFailure {
        int rows = 0;
        int longest = 0;
        String kind = "";
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                store.openFile(manifest, TRAIN_ROWS), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                kind = rows == 0 && !line.isBlank() ? Rows.parse(line).kind().word() : kind;
                rows += line.isBlank() ? 0 : 1;
                longest = Math.max(longest, line.length());
            }
        } catch (ArtifactMissing e) {
            throw JobFailure.userError("unknown_dataset", e.getMessage() + " Write " + TRAIN_ROWS + " first and the manifest last.");
        } catch (CorruptArtifact e) {
            throw new JobFailure(e.code(), e.getMessage(), false, e);
        } catch (RowException e) {
            throw JobFailure.userError("invalid_dataset", "Expected canonical rows in " + manifest + ": " + e.getMessage());
        }
        if (rows == 0) {
            throw JobFailure.userError("empty_dataset", "Expected rows to train on in " + manifest + ", found none.");
        }
        return new DatasetFacts(rows, longest / CHARACTERS_PER_TOKEN + 1, kind);
    }
}

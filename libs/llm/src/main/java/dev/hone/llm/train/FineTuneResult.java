package dev.hone.llm.train;

import java.nio.file.Path;

/**
 * What a run made.
 *
 * @param output the adapter's or model's directory
 * @param steps optimizer steps taken
 * @param trainLoss nats per labelled token over the last tenth of the steps taken in this process; NaN if it took none
 * @param validationLoss of the weights in {@code output}, nats per labelled token; NaN without validation rows
 * @param trainedTokens tokens read, padding left out
 * @param seconds of training in this process
 * @param bestStep step of the weights in {@code output}
 * @param peakMemoryBytes the most memory that was ever resident in this process; -1 where the system does not say
 */
public record FineTuneResult(
        Path output, long steps, double trainLoss, double validationLoss, long trainedTokens, double seconds, long trainableParameters, long bestStep, boolean stoppedEarly,
        long peakMemoryBytes) {}

package dev.hone.llm.train;

/**
 * One optimizer step.
 *
 * @param loss nats per labelled token of this step's rows, or per preference pair
 * @param gradNorm global L2 norm before clipping
 * @param tokensPerSecond tokens read, padding left out, over the last steps
 * @param secondsLeft estimated
 * @param trainedTokens tokens read since the run began, padding left out
 * @param lastValidationLoss NaN before the first validation
 */
public record StepReport(
        long step, long totalSteps, double loss, double learningRate, double gradNorm, double tokensPerSecond, double secondsLeft, long trainedTokens, double lastValidationLoss) {}

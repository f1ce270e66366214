package dev.hone.llm.train;

/**
 * One validation.
 *
 * @param loss nats per labelled token over all validation rows
 * @param accuracy share of labelled tokens that were the model's likeliest guess
 * @param best whether no earlier validation was better
 */
public record ValidationReport(long step, double loss, double accuracy, boolean best) {}

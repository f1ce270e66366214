package dev.hone.cli.chaos.check;

/**
 * One submission, as ingest took or refused it.
 *
 * @param model     the name it was sent under, one for each submission
 * @param datasetId empty where ingest never answered
 * @param eventId   of its {@code dataset.ready}; empty where it was refused
 */
public record Submitted(String model, String datasetId, String eventId) {}

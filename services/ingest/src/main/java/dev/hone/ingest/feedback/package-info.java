/**
 * What users said of answers, gathered until it is worth another version of the dataset. The objects under
 * {@code datasets/feedback/} are the truth and memory is only a view of them, so that nothing said is lost or counted
 * twice, whenever the process ends.
 */
package dev.hone.ingest.feedback;

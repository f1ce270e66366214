/**
 * Feedback as it came, in large objects: a chain of segments per partition of the topic. Apart from what is made of
 * feedback, because this alone decides that every event is kept once, whoever reads the partition and whenever it ends.
 */
package dev.hone.ingest.feedback.log;

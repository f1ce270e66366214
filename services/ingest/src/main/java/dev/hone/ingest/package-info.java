/**
 * The ingest service: an upload, an object in the inbox or feedback comes in, {@code dataset.ready} goes out. Here is
 * only what meets the outside (HTTP, Kafka, the clock, configuration); the work is in the packages below, which know
 * neither Quarkus nor each other's callers.
 */
package dev.hone.ingest;

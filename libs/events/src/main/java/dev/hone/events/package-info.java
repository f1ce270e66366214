/**
 * Events on Kafka: the one place that knows topics, envelope, deterministic ids and dead letters, so that services
 * and Jobs speak of messages and never of headers or bytes.
 */
package dev.hone.events;

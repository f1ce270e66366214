/**
 * One real Kafka broker for one machine.
 *
 * <p>It stands apart because it builds on Kafka's internal server classes, which change with every release and bring
 * dependencies of their own: it is its own process with its own classpath, and everything else speaks to it over TCP.
 */
package dev.hone.local.kafka;

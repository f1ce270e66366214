/**
 * The serving service: answers with what the {@code deploy} topic names. It owns no state: its revisions are rebuilt from
 * that topic, and what users say of answers leaves as events. Here is what meets Kafka, Quarkus and configuration, and what
 * puts the parts together; the packages below are plain Java, which a test calls without starting anything.
 */
package dev.hone.serving;

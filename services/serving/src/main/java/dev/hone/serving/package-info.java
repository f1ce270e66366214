/**
 * The serving service: answers over gRPC with what the {@code deploy} topic names. It owns no state: its models are
 * rebuilt from that topic, and what users say of answers leaves as events. One flat package, because it is one small
 * application and nothing else may use it.
 */
package dev.hone.serving;

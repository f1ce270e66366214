/**
 * What an operator sees of serving: its meters, its spans, and the replica's state from the first record of the registry to
 * the last answer before it stops. It wraps what answers and changes nothing of the answers, so that it can be read, and
 * tested, without any of them.
 */
package dev.hone.serving.operations;

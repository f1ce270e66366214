/**
 * Runs as the topics tell of them. A view has no state of its own: it is folded from the events each time, so it shows
 * the same on every machine and survives every restart.
 */
package dev.hone.cli.run;

/**
 * Canonical datasets: what makes two of them the same, how rows are dealt to training, validation and test, and the
 * files they consist of. What a row means is settled before; who asked for the dataset does not matter here.
 */
package dev.hone.ingest.dataset;

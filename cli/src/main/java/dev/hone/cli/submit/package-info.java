/** Sending a dataset: the way from a file on a desk to a run, through ingest's public HTTP interface. */
package dev.hone.cli.submit;

/**
 * From a user's file to the rows of a dataset on the local disk. A library, so that a file is read, checked and told
 * about in the same words whether it is sent to ingest or trained on right here; it knows no store and no event.
 */
package dev.hone.datasets;

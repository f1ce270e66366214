/**
 * From a file's bytes to JSON values with their place in the file. It knows containers and encodings and nothing of
 * what a row means, so that a broken byte, quote or bracket costs one row here and is never mistaken for bad content.
 */
package dev.hone.datasets.read;

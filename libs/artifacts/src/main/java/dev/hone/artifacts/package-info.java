/**
 * Bytes in S3: the only package that knows the object store and the only one that builds a key, so that an artifact
 * is a directory with a manifest to everybody else.
 */
package dev.hone.artifacts;

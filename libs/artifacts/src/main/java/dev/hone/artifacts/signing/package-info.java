/**
 * Who may have written what lies in the store: Ed25519 signatures inside manifests, and the keys that are believed. It
 * knows JSON and keys and nothing of S3, so that a signature can be made and checked without a store.
 */
package dev.hone.artifacts.signing;

package dev.hone.artifacts;

/** @param key the manifest's key; @param sha256 hex, of the manifest's bytes */
public record ManifestRef(String key, String sha256) {}

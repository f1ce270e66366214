package dev.hone.artifacts;

/** One object as a listing shows it. @param etag without quotes; changes when the content does */
public record StoredObject(String key, long size, String etag) {}

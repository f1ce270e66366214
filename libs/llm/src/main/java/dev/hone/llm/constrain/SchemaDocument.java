package dev.hone.llm.constrain;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;

/** A JSON schema's text, what its references point at, and sentences about its places. */
final class SchemaDocument {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    /** Keywords that say nothing of which values are valid. */
    private static final Set<String> ANNOTATIONS = Set.of("title", "description", "default", "examples", "example", "$schema", "$id", "$comment", "$defs", "definitions", "deprecated",
            "readOnly", "writeOnly", "contentMediaType", "contentEncoding");

    private final JsonNode root;

    private SchemaDocument(JsonNode root) {
        this.root = root;
    }

    static SchemaDocument parse(String text) {
        try {
            JsonNode root = MAPPER.readTree(text);
            if (root == null || !root.isObject() && !root.isBoolean()) {
                throw new ConstraintException("Expected a JSON schema, a JSON object, found " + (root == null || root.isMissingNode() ? "nothing" : "something else") + ".");
            }
            return new SchemaDocument(root);
        } catch (JsonProcessingException e) {
            throw new ConstraintException("Expected a JSON schema, found text that is no JSON: " + e.getOriginalMessage() + ".");
        }
    }

    JsonNode root() {
        return root;
    }

    static boolean annotates(String keyword) {
        return ANNOTATIONS.contains(keyword) || keyword.startsWith("x-");
    }

    /** The schema that the reference names; only those into the schema itself can be followed. */
    JsonNode resolve(String reference, String where) {
        if (!reference.equals("#") && !reference.startsWith("#/")) {
            throw refused(where, "the reference '" + reference + "'", "References may point into the schema itself only, as #/$defs/name does");
        }
        JsonNode target = root.at(JsonPointer.compile(URLDecoder.decode(reference.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8)));
        if (target.isMissingNode()) {
            throw refused(where, "the reference '" + reference + "'", "Nothing is there");
        }
        return target;
    }

    static ConstraintException unsupported(String where, String keyword) {
        return refused(where, "the keyword '" + keyword + "'", "It cannot be held while an answer is written; leave it out and check it afterwards");
    }

    static ConstraintException refused(String where, String found, String advice) {
        return new ConstraintException("Expected a JSON schema that answers can be held to, found " + found + " at " + where + ". " + advice + ".");
    }

    /** Refuses what is no annotation and not among the known keywords. */
    static void refuseOthers(JsonNode schema, Set<String> known, String where) {
        for (String keyword : new TreeSet<>(schema.propertyStream().map(java.util.Map.Entry::getKey).toList())) {
            if (!known.contains(keyword) && !annotates(keyword)) {
                throw unsupported(where, keyword);
            }
        }
    }

    /** A bound such as minLength. */
    static int count(JsonNode schema, String keyword, int otherwise, String where) {
        JsonNode value = schema.path(keyword);
        if (value.isMissingNode()) {
            return otherwise;
        }
        if (!value.canConvertToInt() || !value.canConvertToExactIntegral() || value.intValue() < 0) {
            throw refused(where, "'" + keyword + "': " + value, "It must be a whole number of 0 or more");
        }
        return value.intValue();
    }
}

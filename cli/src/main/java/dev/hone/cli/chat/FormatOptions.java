package dev.hone.cli.chat;

import dev.hone.cli.console.Failure;
import dev.hone.v1.ResponseFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** What an answer's text must be. */
final class FormatOptions {
    @Option(names = "--json", description = "The answer is a JSON object.")
    private boolean json;

    @Option(names = "--json-schema", paramLabel = "FILE|JSON", description = "The answer is JSON that this schema describes.")
    private String schema;

    @Option(names = "--regex", paramLabel = "PATTERN", description = "This regular expression matches the whole answer.")
    private String regex;

    /** @throws Failure when more than one is given, or the schema's file cannot be read */
    ResponseFormat format() {
        if (Stream.of(json, schema != null, regex != null).filter(given -> given).count() > 1) {
            throw new Failure(Failure.USAGE, "Expected at most one of --json, --json-schema and --regex, found several.");
        }
        ResponseFormat.Builder format = ResponseFormat.newBuilder();
        if (json) {
            format.setJson(true);
        } else if (schema != null) {
            format.setJsonSchema(schemaText());
        } else if (regex != null) {
            format.setRegex(regex);
        }
        return format.build();
    }

    private String schemaText() {
        if (schema.strip().startsWith("{")) {
            return schema;
        }
        try {
            return Files.readString(Path.of(schema));
        } catch (IOException e) {
            throw new Failure(Failure.USAGE, "Expected a JSON schema, or a file that holds one, after --json-schema, found \"" + schema + "\".");
        }
    }
}

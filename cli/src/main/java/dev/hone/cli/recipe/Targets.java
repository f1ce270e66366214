package dev.hone.cli.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Collectors;

/** PEFT's ways of naming modules as ours: names, all-linear, or one regular expression that matches a whole name. */
final class Targets {
    static final String ALL = "all-linear";
    private static final String ANYWHERE = "(?:.*\\.)?";

    private Targets() {}

    /**
     * @param given {@code target_modules}: a list of ends of names, {@code all-linear}, or a regular expression; missing is all
     * @param layers {@code layers_to_transform}: numbers of layers; missing is all
     * @param excluded {@code exclude_modules}: a list of ends of names, or a regular expression; missing is none
     */
    static List<String> of(JsonNode given, JsonNode layers, JsonNode excluded) {
        if (Values.isOff(excluded) && isAll(layers)) {
            return isAll(given) ? List.of(ALL) : given.isTextual() ? List.of(given.asText()) : Values.texts(given);
        }
        String place = isAll(layers) ? ANYWHERE : ANYWHERE + "layers\\.(?:" + String.join("|", numbers(layers)) + ")\\." + ANYWHERE;
        String body = isAll(given) ? place + "[^.]+" : given.isTextual() ? "(?:" + given.asText() + ")" : place + anyOf(given);
        return List.of(without(excluded) + body);
    }

    private static boolean isAll(JsonNode value) {
        return value.isMissingNode() || value.isNull() || value.isContainerNode() && value.isEmpty() || value.asText().equals(ALL);
    }

    /** Layer 0 alone is written 0, which elsewhere means nothing. */
    private static List<String> numbers(JsonNode layers) {
        return layers.isNumber() ? List.of(layers.asText()) : Values.texts(layers);
    }

    private static String without(JsonNode excluded) {
        if (Values.isOff(excluded)) {
            return "";
        }
        return "(?!" + (excluded.isTextual() ? "(?:" + excluded.asText() + ")" : ANYWHERE + anyOf(excluded)) + "$)";
    }

    private static String anyOf(JsonNode ends) {
        return Values.texts(ends).stream().map(end -> end.replace(".", "\\.")).collect(Collectors.joining("|", "(?:", ")"));
    }
}

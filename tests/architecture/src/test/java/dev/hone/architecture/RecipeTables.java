package dev.hone.architecture;

import build.buf.validate.FieldRules;
import build.buf.validate.StringRules;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Tables of the pages on recipes, made from where the facts are: the message's comments and rules, and the lists of other tools' keys. */
final class RecipeTables {
    private static final Pattern WITHOUT = Pattern.compile("(.*?) ?(Default|Planned): (.+)\\.");

    private final Map<String, String> comments = ProtoComments.all();

    /** Every setting of a block of the recipe. */
    String settings(Descriptor block) {
        StringBuilder table = new StringBuilder("| setting | values | without it | meaning |\n| --- | --- | --- | --- |\n");
        block.getFields().forEach(field -> table.append(row(field)));
        return table.toString();
    }

    private String row(FieldDescriptor field) {
        String comment = comments.get(field.getFullName());
        Matcher found = WITHOUT.matcher(comment);
        if (!found.matches()) {
            throw new AssertionError("Expected \"Default: …\" or \"Planned: …\" at the end of the comment on " + field.getFullName() + ", found: " + comment);
        }
        String without = found.group(2).equals("Default") ? "`" + found.group(3) + "`" : found.group(3);
        return "| `%s` | %s | %s | %s |\n".formatted(field.getName(), values(field), without, found.group(1).replaceFirst("\\.$", ""));
    }

    private static String values(FieldDescriptor field) {
        FieldRules rules = Contracts.rules(field);
        if (field.isMapField()) {
            return "a map";
        }
        if (field.isRepeated()) {
            StringRules items = rules.getRepeated().getItems().getString();
            return items.getInCount() > 0 ? "a list of " + names(items.getInList()) : items.getPattern().isEmpty() ? "a list" : "a list of names";
        }
        return switch (field.getJavaType()) {
            case STRING -> rules.getString().getInCount() > 0 ? names(rules.getString().getInList()) : "a name";
            case MESSAGE -> "a block";
            case BOOLEAN -> "`true`, `false`";
            case INT -> rules.getInt32().getInCount() > 0 ? names(rules.getInt32().getInList().stream().map(String::valueOf).toList()) : range(rules.getInt32());
            case LONG -> range(rules.getInt64());
            default -> range(rules.getDouble());
        };
    }

    private static String names(List<String> values) {
        return values.stream().map(value -> "`" + value + "`").collect(Collectors.joining(", "));
    }

    private static String range(Message rules) {
        Map<String, String> words = Map.of("gte", "from ", "gt", "above ", "lte", "to ", "lt", "below ");
        String range = rules.getAllFields().entrySet().stream().filter(rule -> words.containsKey(rule.getKey().getName()))
                .sorted((a, b) -> b.getKey().getName().compareTo(a.getKey().getName()))
                .sorted((a, b) -> Boolean.compare(a.getKey().getName().startsWith("l"), b.getKey().getName().startsWith("l")))
                .map(rule -> words.get(rule.getKey().getName()) + plain(rule.getValue())).collect(Collectors.joining(" "));
        return range.isEmpty() ? "a number" : range;
    }

    private static String plain(Object number) {
        return number.toString().replaceFirst("\\.0$", "");
    }

    /** Every key of another tool's list, neighbours of the same fate in one row. */
    static String keys(String list) {
        StringBuilder tables = new StringBuilder();
        List<String> keys = new ArrayList<>();
        String fate = "";
        for (String line : (list + "\n# ---- ").lines().toList()) {
            boolean heading = line.startsWith("# ---- ");
            String[] cells = line.startsWith("#") || line.isBlank() ? new String[0] : line.split(" \\| ", 3);
            String next = cells.length == 0 ? heading ? "" : fate : fate(cells[1], cells[2]);
            if (!next.equals(fate) && !keys.isEmpty()) {
                tables.append("| ").append(names(keys)).append(" | ").append(fate).append(" |\n");
                keys.clear();
            }
            fate = next;
            if (cells.length > 0) {
                tables.append(tables.isEmpty() ? "| key | what becomes of it |\n| --- | --- |\n" : "");
                keys.add(cells[0]);
            } else if (heading && line.length() > 7) {
                tables.append(tables.isEmpty() ? "" : "\n").append("**").append(line.substring(7)).append("**\n\n| key | what becomes of it |\n| --- | --- |\n");
            }
        }
        return tables.toString();
    }

    private static String fate(String treatment, String text) {
        String[] parts = treatment.split(" unless ", 2);
        return switch (parts[0]) {
            case "setting" -> "`" + text + "`";
            case "read" -> text;
            case "needless" -> "not needed: " + text;
            case "unsupported" -> "not supported" + (parts.length == 1 ? "" : " unless " + names(List.of(parts[1].split(" ")))) + ": " + text;
            default -> "an error: " + text;
        };
    }
}

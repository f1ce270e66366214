package dev.hone.architecture;

import build.buf.validate.DoubleRules;
import build.buf.validate.FieldRules;
import build.buf.validate.FloatRules;
import build.buf.validate.Ignore;
import build.buf.validate.Int32Rules;
import build.buf.validate.Int64Rules;
import build.buf.validate.RepeatedRules;
import build.buf.validate.StringRules;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON schemas of messages in their proto3 JSON form with proto field names, validation rules included. */
final class JsonSchemas {
    private final Map<String, String> comments;

    JsonSchemas(Map<String, String> comments) {
        this.comments = comments;
    }

    Map<String, Object> of(Descriptor message) {
        Map<String, Object> schema = described("object", comments.get(message.getFullName()));
        List<String> required = message.getFields().stream().filter(Contracts::mustBePresent).map(FieldDescriptor::getName).toList();
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        Map<String, Object> properties = new LinkedHashMap<>();
        message.getFields().forEach(field -> properties.put(field.getName(), of(field)));
        schema.put("properties", properties);
        return schema;
    }

    private Map<String, Object> of(FieldDescriptor field) {
        FieldRules rules = Contracts.rules(field);
        String comment = comments.get(field.getFullName());
        if (!field.isRepeated()) {
            return value(field, rules, comment);
        }
        if (field.isMapField()) {
            Map<String, Object> schema = described("object", comment);
            schema.put("additionalProperties", value(field.getMessageType().findFieldByName("value"), rules.getMap().getValues(), null));
            return schema;
        }
        Map<String, Object> schema = described("array", comment);
        RepeatedRules repeated = rules.getRepeated();
        putBounds(schema, repeated, Map.of("min_items", "minItems", "max_items", "maxItems", "unique", "uniqueItems"));
        schema.put("items", value(field, repeated.getItems(), null));
        return schema;
    }

    private Map<String, Object> value(FieldDescriptor field, FieldRules rules, String comment) {
        return switch (field.getJavaType()) {
            case MESSAGE -> reference(field.getMessageType(), comment);
            case ENUM -> {
                Map<String, Object> schema = described("string", comment);
                schema.put("enum", field.getEnumType().getValues().stream().map(EnumValueDescriptor::getName).toList());
                yield schema;
            }
            case STRING -> string(rules, comment);
            case BOOLEAN -> described("boolean", comment);
            case LONG -> int64(rules.getInt64(), comment);
            case INT -> number("integer", rules.getInt32(), Int32Rules.getDescriptor().findFieldByName("in"), comment);
            case FLOAT -> number("number", rules.getFloat(), FloatRules.getDescriptor().findFieldByName("in"), comment);
            case DOUBLE -> number("number", rules.getDouble(), DoubleRules.getDescriptor().findFieldByName("in"), comment);
            case BYTE_STRING -> throw new AssertionError("Expected no bytes in an event, found " + field.getFullName() + ".");
        };
    }

    private Map<String, Object> string(FieldRules rules, String comment) {
        Map<String, Object> schema = described("string", comment);
        StringRules text = rules.getString();
        putBounds(schema, text, Map.of("min_len", "minLength", "max_len", "maxLength"));
        if (!text.getPattern().isEmpty()) {
            schema.put("pattern", rules.getIgnore() == Ignore.IGNORE_IF_ZERO_VALUE ? "^$|" + text.getPattern() : text.getPattern());
        }
        if (text.getInCount() > 0) {
            schema.put("enum", List.copyOf(text.getInList()));
        }
        return schema;
    }

    /** Printed as a decimal string, because JavaScript's numbers end at 2^53; read in either form. */
    private Map<String, Object> int64(Int64Rules rules, String comment) {
        Map<String, Object> schema = number(List.of("string", "integer"), rules, null, comment);
        schema.put("format", "int64");
        return schema;
    }

    private Map<String, Object> number(Object type, Message rules, FieldDescriptor in, String comment) {
        Map<String, Object> schema = described(type, comment);
        putBounds(schema, rules, Map.of("gte", "minimum", "gt", "exclusiveMinimum", "lte", "maximum", "lt", "exclusiveMaximum"));
        if (in != null && rules.getRepeatedFieldCount(in) > 0) {
            schema.put("enum", rules.getField(in));
        }
        return schema;
    }

    private Map<String, Object> reference(Descriptor message, String comment) {
        Map<String, Object> reference = new LinkedHashMap<>(Map.of("$ref", "#/components/schemas/" + message.getName()));
        if (comment == null) {
            return reference;
        }
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("description", comment);
        schema.put("allOf", List.of(reference));
        return schema;
    }

    private static void putBounds(Map<String, Object> schema, Message rules, Map<String, String> names) {
        rules.getAllFields().forEach((rule, value) -> {
            String name = names.get(rule.getName());
            if (name != null) {
                schema.put(name, value);
            }
        });
    }

    private static Map<String, Object> described(Object type, String comment) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", type);
        if (comment != null) {
            schema.put("description", comment);
        }
        return schema;
    }
}

package dev.hone.architecture;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.hone.events.Topic;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/** The AsyncAPI 3.0 document of Hone's topics, made from the table of topics, the descriptors and the examples. */
final class AsyncApi {
    private static final String HEADER = """
            # Made by AsyncApiTest from the table of topics, the .proto files and proto/examples; write it anew with
            # mvn -pl tests/architecture -am test -Dtest=AsyncApiTest -Dhone.update=true -Dsurefire.failIfNoSpecifiedTests=false
            """;
    private final Map<String, String> comments = ProtoComments.all();
    private final JsonSchemas schemas = new JsonSchemas(comments);

    String yaml() {
        DumperOptions options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        options.setWidth(120);
        options.setDereferenceAliases(true);
        return HEADER + new Yaml(options).dump(document());
    }

    private Map<String, Object> document() {
        Map<String, Object> channels = new LinkedHashMap<>();
        Map<String, Object> operations = new LinkedHashMap<>();
        Map<String, Object> messages = new LinkedHashMap<>();
        for (Topic topic : Topic.values()) {
            channels.put(id(topic), channel(topic));
            new TreeSet<>(topic.writers()).forEach(writer -> operations.put(writer + "-sends-" + id(topic), operation("send", writer, topic)));
            new TreeSet<>(topic.readers()).forEach(reader -> operations.put(reader + "-receives-" + id(topic), operation("receive", reader, topic)));
            messages.put(messageName(topic), message(topic));
        }
        return ordered("asyncapi", "3.0.0", "info", info(), "defaultContentType", "application/json",
                "servers", Map.of("local", ordered("host", "localhost:9092", "protocol", "kafka", "description", "The broker that `hone up` starts.")),
                "channels", channels, "operations", operations,
                "components", ordered("messages", messages, "schemas", allSchemas(), "messageTraits", Map.of("cloudEvent", envelope())));
    }

    private static Map<String, Object> info() {
        return ordered("title", "Hone", "version", "1.0.0", "description",
                "The topics through which Hone's services meet. A fact has one writer, a command has one reader; words travel on Kafka,"
                        + " bytes lie in S3. Values are proto3 JSON with the proto's field names, in CloudEvents 1.0 binary mode; a record"
                        + " without ce_ headers is taken too. What cannot be parsed or breaks a rule goes to dlq.<service>.");
    }

    private Map<String, Object> channel(Topic topic) {
        Map<String, Object> kafka = new LinkedHashMap<>();
        kafka.put("cleanup.policy", List.of(topic.kind().config().getOrDefault("cleanup.policy", "delete")));
        if (topic.kind().config().containsKey("retention.ms")) {
            kafka.put("retention.ms", Long.parseLong(topic.kind().config().get("retention.ms")));
        }
        return ordered("address", topic.topicName(), "description", description(topic),
                "messages", Map.of(messageName(topic), reference("messages", messageName(topic))),
                "bindings", Map.of("kafka", ordered("topic", topic.topicName(), "topicConfiguration", kafka, "bindingVersion", "0.5.0")));
    }

    private static Map<String, Object> operation(String action, String who, Topic topic) {
        return ordered("action", action, "channel", Map.of("$ref", "#/channels/" + id(topic)), "tags", List.of(Map.of("name", who)));
    }

    private Map<String, Object> message(Topic topic) {
        return ordered("name", topic.type(), "title", messageName(topic), "summary", description(topic),
                "contentType", "application/json", "traits", List.of(Map.of("$ref", "#/components/messageTraits/cloudEvent")),
                "payload", reference("schemas", messageName(topic)),
                "bindings", Map.of("kafka", ordered("key", ordered("type", "string", "description", "The value's " + keyField(topic) + "."), "bindingVersion", "0.5.0")),
                "examples", List.of(ordered("name", "one", "headers", exampleHeaders(topic), "payload", Manifests.parse(example(topic)).getFirst())));
    }

    private static Map<String, Object> envelope() {
        Map<String, Object> headers = new LinkedHashMap<>();
        headers.put("ce_specversion", ordered("type", "string", "const", "1.0"));
        headers.put("ce_id", text("Deterministic: a name-based UUID of cause, type and what tells the event from its siblings."));
        headers.put("ce_type", text("dev.hone.<subject>.v1"));
        headers.put("ce_source", text("Who wrote it: hone/<service>."));
        headers.put("ce_subject", text("The record's key: run id, dataset id or model name."));
        headers.put("ce_time", ordered("type", "string", "format", "date-time"));
        headers.put("ce_correlationid", text("The same through a whole run."));
        headers.put("ce_causationid", text("The id of the event that caused this one."));
        headers.put("traceparent", text("W3C trace context."));
        headers.put("content-type", ordered("type", "string", "const", "application/json"));
        return Map.of("headers", ordered("type", "object", "description", "CloudEvents 1.0, Kafka binary mode. All of them may be absent.", "properties", headers));
    }

    private static Map<String, Object> exampleHeaders(Topic topic) {
        return ordered("ce_specversion", "1.0", "ce_id", "0e6d5c3b-2a19-5f48-8e7d-6c5b4a392817", "ce_type", topic.type(),
                "ce_source", "hone/" + new TreeSet<>(topic.writers()).first(), "content-type", "application/json");
    }

    private Map<String, Object> allSchemas() {
        Map<String, Object> found = new TreeMap<>();
        for (Topic topic : Topic.values()) {
            collect(topic.prototype().getDescriptorForType(), found);
        }
        return found;
    }

    private void collect(Descriptor message, Map<String, Object> found) {
        if (found.putIfAbsent(message.getName(), schemas.of(message)) == null) {
            message.getFields().stream().filter(field -> field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isMapField())
                    .forEach(field -> collect(field.getMessageType(), found));
        }
    }

    /** What the {@code .proto} says above the message, without the topic and key that stand elsewhere in the document. */
    private String description(Topic topic) {
        String name = topic.prototype().getDescriptorForType().getFullName();
        return comments.getOrDefault(name, "").replaceFirst("^topic [\\w.]+, key [^.]*?(, |\\. )", "");
    }

    static String example(Topic topic) {
        return Repository.read("proto/examples/" + topic.topicName() + ".json");
    }

    /** The field that a topic is keyed by: {@code run_id}. */
    static String keyField(Topic topic) {
        var named = topic.prototype().newBuilderForType();
        named.getDescriptorForType().getFields().stream()
                .filter(field -> field.getJavaType() == FieldDescriptor.JavaType.STRING && !field.isRepeated())
                .forEach(field -> named.setField(field, field.getName()));
        return topic.key(named.build());
    }

    /** {@code dataset.ready} as {@code dataset-ready}: a dot in a channel's id would have to be quoted in many tools. */
    static String id(Topic topic) {
        return topic.topicName().replace('.', '-');
    }

    private static String messageName(Topic topic) {
        return topic.prototype().getDescriptorForType().getName();
    }

    private static Map<String, Object> reference(String kind, String name) {
        return Map.of("$ref", "#/components/" + kind + "/" + name);
    }

    private static Map<String, Object> text(String description) {
        return ordered("type", "string", "description", description);
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}

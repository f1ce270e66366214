package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.events.Topic;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link Topic} is the table of topics; whatever else speaks of topics says the same. */
class TopicTableTest {
    private static final Set<String> NAMES = Arrays.stream(Topic.values()).map(Topic::topicName).collect(Collectors.toCollection(TreeSet::new));
    private static final Set<String> SERVICES = Topic.services();
    /** The object store writes it, in its own format; it is none of Hone's events. */
    private static final String STORE_EVENTS = "store.events";

    @Test
    void givenTheReadme_whenItsTableIsRead_thenItListsTheTopics() {
        assertEquals(NAMES, new TreeSet<>(readmeTable().keySet()));
    }

    @ParameterizedTest
    @EnumSource(Topic.class)
    void givenTheReadme_whenATopicsRowIsRead_thenItSaysWhatTheTableSays(Topic topic) {
        List<String> row = readmeTable().getOrDefault(topic.topicName(), List.of("", "", "", "", ""));
        String kind = switch (topic.kind()) {
            case FACT -> "fact";
            case COMMAND -> "command";
            case REGISTRY -> "command, compacted";
            case SHORT_LIVED -> "fact, kept for a day";
        };
        assertEquals(kind, row.get(1), "kind");
        assertEquals(topic.writers().contains(Topic.Writers.OTHERS), row.get(2).contains("others"), "whether others may write");
        assertEquals(services(topic.writers()), services(words(row.get(2))), "writers");
        assertEquals(topic.readers(), services(words(row.get(3))), "readers");
        assertEquals(AsyncApi.keyField(topic).replace('_', ' '), row.get(4), "key");
    }

    @Test
    void givenTheAsyncApiDocument_whenItsOperationsAreRead_thenServicesSendAndReceiveAsTheTableSays() {
        Map<String, Object> document = Manifests.parse(Repository.read("proto/asyncapi.yaml")).getFirst();
        Map<String, Object> channels = Manifests.map(document.get("channels"));
        assertEquals(NAMES, channels.values().stream().map(channel -> Manifests.map(channel).get("address").toString()).collect(Collectors.toCollection(TreeSet::new)));
        Set<String> found = Manifests.map(document.get("operations")).values().stream().map(Manifests::map).map(operation -> {
            String channel = Manifests.at(operation, "channel", "$ref").orElseThrow().toString().substring("#/channels/".length());
            return Manifests.at(Manifests.list(operation.get("tags")).getFirst(), "name").orElseThrow() + " " + operation.get("action") + " "
                    + Manifests.at(channels, channel, "address").orElseThrow();
        }).collect(Collectors.toCollection(TreeSet::new));
        Set<String> expected = Arrays.stream(Topic.values()).flatMap(topic -> Stream.concat(
                topic.writers().stream().map(writer -> writer + " send " + topic.topicName()),
                topic.readers().stream().map(reader -> reader + " receive " + topic.topicName()))).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(expected, found);
    }

    @Test
    void givenServices_whenTheirIncomingChannelsAreRead_thenTheyReadTheTopicsTheTableGivesThem() {
        for (Module service : Repository.services()) {
            Set<String> expected = Arrays.stream(Topic.values()).filter(topic -> topic.readers().contains(service.name()))
                    .map(Topic::topicName).collect(Collectors.toCollection(TreeSet::new));
            assertEquals(expected, topicsRead(service), () -> "topics that " + service + " reads");
        }
    }

    @Test
    void givenServices_whenTheirOutgoingChannelsAreRead_thenTheyWriteTheTopicsTheTableGivesThem() {
        for (Module service : Repository.services()) {
            channels(service, "outgoing").values().forEach(name -> assertTrue(Topic.named(name)
                    .map(topic -> topic.writers().contains(service.name())).orElse(false), () -> service + " writes " + name + ", which is not its own"));
        }
    }

    @Test
    void givenServices_whenTheyNameATopic_thenItIsThere() {
        Set<String> there = expectedOnTheBroker().keySet();
        List<String> unknown = Repository.services().stream().flatMap(service -> service.applicationProperties().entrySet().stream()
                .filter(entry -> entry.getKey().toString().startsWith("mp.messaging.") && entry.getKey().toString().endsWith(".topic"))
                .filter(entry -> !there.contains(defaultOf(entry.getValue().toString()))).map(entry -> service + ": " + entry)).toList();
        ModuleArrowsTest.assertNone(unknown, "a broker that makes topics by itself exists on a developer's machine only");
    }

    @Test
    void givenTheLocalOverlay_whenItsTopicsAreRead_thenTheyAreTheTables() {
        Map<String, Map<String, String>> found = new TreeMap<>();
        Repository.read("k8s/overlays/local/topics.txt").lines().map(line -> line.split(" ")).forEach(words ->
                found.put(words[0], Arrays.stream(words).skip(2).map(entry -> entry.split("=")).collect(Collectors.toMap(e -> e[0], e -> e[1]))));
        assertEquals(expectedOnTheBroker(), found);
    }

    @Test
    void givenProduction_whenItsTopicsAreRead_thenTheyAreTheTables() {
        Map<String, Map<String, String>> found = new TreeMap<>();
        for (Map<String, Object> topic : Manifests.parse(Repository.read("k8s/overlays/prod/topics.yaml"))) {
            Map<String, String> config = new HashMap<>();
            Manifests.map(Manifests.at(topic, "spec", "config").orElseThrow()).forEach((key, value) -> config.put(key, value.toString()));
            found.put(Manifests.name(topic), config);
        }
        assertEquals(expectedOnTheBroker(), found);
    }

    private static Map<String, Map<String, String>> expectedOnTheBroker() {
        Map<String, Map<String, String>> expected = new TreeMap<>();
        Arrays.stream(Topic.values()).forEach(topic -> expected.put(topic.topicName(), topic.kind().config()));
        SERVICES.forEach(service -> expected.put(Topic.deadLetters(service), Map.of("retention.ms", "-1")));
        expected.put(STORE_EVENTS, Map.of("retention.ms", "604800000"));
        return expected;
    }

    /** Hone's topics among those a service's channels name; serving follows its topics with consumers of its own. */
    private static Set<String> topicsRead(Module service) {
        Set<String> topics = channels(service, "incoming").values().stream().filter(NAMES::contains).collect(Collectors.toCollection(TreeSet::new));
        JavaSource.of(service).filter(source -> source.code().contains("KafkaConsumer<")).forEach(source ->
                source.find("\\bTopic\\.([A-Z_]+)\\b").forEach(found -> topics.add(Topic.valueOf(found.group(1)).topicName())));
        return topics;
    }

    private static Map<String, String> channels(Module service, String direction) {
        Map<String, String> topics = new TreeMap<>();
        service.applicationProperties().forEach((key, value) -> {
            String[] parts = key.toString().split("\\.");
            if (key.toString().startsWith("mp.messaging." + direction + ".") && parts.length == 5 && parts[4].equals("topic")) {
                topics.put(parts[3], value.toString());
            }
        });
        return topics;
    }

    /** {@code store.events} of <code>${hone.ingest.inbox-topic:store.events}</code>. */
    private static String defaultOf(String value) {
        return value.replaceFirst("^\\$\\{[^:}]*:([^}]*)}$", "$1");
    }

    private static Set<String> services(Set<String> words) {
        return words.stream().filter(SERVICES::contains).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> words(String cell) {
        return Set.copyOf(List.of(Arrays.stream(cell.split("\\W+")).distinct().toArray(String[]::new)));
    }

    /** The rows of the table that begins with {@code | topic |}, by the topic's name. */
    private static Map<String, List<String>> readmeTable() {
        Map<String, List<String>> rows = new TreeMap<>();
        boolean inside = false;
        for (String line : Repository.read("README.md").lines().toList()) {
            inside = line.startsWith("| topic |") || inside && line.startsWith("|");
            if (inside && line.startsWith("| `")) {
                List<String> cells = Arrays.stream(line.substring(1).split("\\|")).map(String::strip).toList();
                rows.put(cells.getFirst().replace("`", ""), cells);
            }
        }
        return rows;
    }
}

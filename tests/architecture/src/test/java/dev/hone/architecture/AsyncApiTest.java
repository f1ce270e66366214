package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.events.EventJson;
import dev.hone.events.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What other systems are told of Hone's events is what Hone does. */
class AsyncApiTest {

    @Test
    void givenTheContracts_whenTheDocumentIsWrittenAnew_thenItIsTheOneInTheRepository() throws IOException {
        String made = new AsyncApi().yaml();
        if (Boolean.getBoolean("hone.update")) {
            Files.writeString(Repository.file("proto/asyncapi.yaml"), made);
        }
        assertEquals(made, Repository.read("proto/asyncapi.yaml"),
                "proto/asyncapi.yaml no longer says what the contracts say. Write it anew: run this test with -Dhone.update=true");
    }

    @ParameterizedTest
    @EnumSource(Topic.class)
    void givenATopicsExample_whenItIsReadStrictly_thenItIsAValidEvent(Topic topic) throws Exception {
        var message = EventJson.parse(AsyncApi.example(topic), topic.prototype());
        assertTrue(!topic.key(message).isEmpty(), "an example has a key");
    }

    @Test
    void givenTheDocument_whenItsReferencesAreFollowed_thenEachLeadsSomewhere() {
        Map<String, Object> document = Manifests.parse(Repository.read("proto/asyncapi.yaml")).getFirst();
        List<String> dangling = new ArrayList<>();
        Pattern.compile("\\$ref: '?#/([\\w/.-]+)").matcher(Repository.read("proto/asyncapi.yaml")).results().map(found -> found.group(1))
                .filter(reference -> Manifests.at(document, reference.split("/")).isEmpty()).forEach(dangling::add);
        assertEquals(List.of(), dangling);
        assertEquals(Set.of("asyncapi", "info", "defaultContentType", "servers", "channels", "operations", "components"), document.keySet());
    }
}

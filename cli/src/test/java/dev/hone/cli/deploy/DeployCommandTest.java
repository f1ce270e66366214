package dev.hone.cli.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.CommandRun;
import dev.hone.v1.Deploy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeployCommandTest {
    private static final String FIRST = "{\"model_name\":\"support\",\"revision\":\"v1\",\"model\":{\"manifest\":\"models/a/int8/manifest.json\"}}";
    private static final String SECOND = FIRST.replace("v1", "v2");

    @TempDir Path home;

    @Test
    void givenBoundsWithoutATrial_whenDeployed_thenASentenceNamesWhatIsMissing() {
        CommandRun run = CommandRun.of("deploy", "support", "--revision", "v2", "--model", "hone-nano", "--min-good", "0.8", "--home", home.toString());
        assertEquals(2, run.exit());
        assertTrue(run.error().contains("--canary or --shadow"), run.error());
    }

    @Test
    void givenNoRevision_whenDeployed_thenTheOptionIsAskedFor() {
        assertTrue(CommandRun.of("deploy", "support", "--model", "hone-nano").error().contains("--revision"));
    }

    @Test
    void givenRecordsOfAName_whenReadInOrder_thenTheLastWordCounts() {
        Deploy first = DeployTopic.next(record(FIRST), null);
        assertEquals("v1", first.getRevision());
        assertEquals("v2", DeployTopic.next(record(SECOND), first).getRevision());
    }

    @Test
    void givenAWithdrawalOrABrokenRecord_whenRead_thenTheFirstMeansNothingIsDeployedAndTheSecondChangesNothing() {
        Deploy first = DeployTopic.next(record(FIRST), null);
        assertNull(DeployTopic.next(new ConsumerRecord<>("deploy", 0, 1, "support", null), first));
        assertEquals(first, DeployTopic.next(record("{\"revison\":1}"), first));
    }

    private static ConsumerRecord<String, byte[]> record(String json) {
        return new ConsumerRecord<>("deploy", 0, 0, "support", json.getBytes(StandardCharsets.UTF_8));
    }
}

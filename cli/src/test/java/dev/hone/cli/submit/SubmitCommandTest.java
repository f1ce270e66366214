package dev.hone.cli.submit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SubmitCommandTest {
    @Test
    void givenAFileName_whenTheModelIsNamedAfterIt_thenTheNameIsOneThatTheContractsTake() {
        assertEquals("support", SubmitCommand.nameOf(Path.of("examples/support.jsonl")));
        assertEquals("my-chats-2026", SubmitCommand.nameOf(Path.of("My Chats 2026.JSONL.gz")));
        assertEquals("model", SubmitCommand.nameOf(Path.of("---.csv")));
        assertEquals(63, SubmitCommand.nameOf(Path.of("x".repeat(80) + ".csv")).length());
    }

    @Test
    void givenABaseModelAsOtherToolsNameIt_whenSent_thenItIsTheStoresName() {
        assertEquals("Llama-3.2-1B", SubmitCommand.inStore("meta-llama/Llama-3.2-1B"));
        assertEquals("tinyllama", SubmitCommand.inStore("./models/tinyllama/"));
        assertEquals("hone-nano", SubmitCommand.inStore("hone-nano"));
    }
}

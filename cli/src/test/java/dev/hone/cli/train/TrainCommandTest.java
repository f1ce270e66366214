package dev.hone.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.cli.CommandRun;
import dev.hone.cli.console.Failure;
import dev.hone.llm.train.FineTuneSpec;
import dev.hone.llm.train.TrainingRecipe;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** hone-nano for three steps of a few short rows. */
class TrainCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path ROOT = Path.of(System.getProperty("hone.root", ".."));
    private static final Path NANO = ROOT.resolve("models/hone-nano");

    @TempDir Path folder;
    private Path data;
    private Path recipe;

    @BeforeEach
    void files() throws IOException {
        data = folder.resolve("rows.jsonl");
        Files.write(data, Files.readAllLines(ROOT.resolve("examples/support.jsonl")).subList(0, 24));
        recipe = Files.writeString(folder.resolve("small.yaml"), "training:\n  lora_r: 4\n  micro_batch_size: 2\n  gradient_accumulation_steps: 1\n  max_steps: 3\n");
    }

    private CommandRun train(String... more) {
        List<String> all = new java.util.ArrayList<>(List.of("train", recipe.toString(), "--out", folder.resolve("out").toString()));
        all.addAll(List.of(more));
        return CommandRun.of(all.toArray(String[]::new));
    }

    @Test
    void givenARecipeAndRows_whenTrained_thenTheAdapterLiesInOutAndTheWorkIsGone() {
        CommandRun run = train("--data", data.toString(), "--validation-share", "0.2");
        assertEquals(0, run.exit(), run.error());
        assertTrue(Files.exists(folder.resolve("out/adapter_model.safetensors")));
        assertFalse(Files.exists(folder.resolve("out.work")));
        assertTrue(run.out().contains("training   qlora on hone-nano"), run.out());
        assertTrue(run.out().contains("predicted  107,520 of 5,180,672 parameters train"), run.out());
        assertTrue(run.out().contains("100 %  3/3  loss "), run.out());
        assertTrue(run.out().contains("validated  step 3: loss "), run.out());
        assertTrue(run.out().contains("written    " + folder.resolve("out")), run.out());
    }

    @Test
    void givenJson_whenTrained_thenEveryLineIsAnEvent() throws IOException {
        CommandRun run = train("--data", data.toString(), "--validation", data.toString(), "--set", "save_steps=2", "--json");
        assertEquals(0, run.exit(), run.error());
        List<JsonNode> events = run.lines().stream().map(TrainCommandTest::json).toList();
        assertEquals(List.of("start", "estimate", "step", "step", "checkpoint", "step", "validation", "end"), events.stream().map(event -> event.path("event").asText()).toList());
        assertEquals(4, events.get(0).path("recipe").path("lora_r").asInt());
        assertEquals(24, events.get(0).path("validation_rows").asInt());
        assertEquals(107_520, events.get(1).path("trainable_parameters").asInt());
        assertTrue(events.get(2).path("loss").asDouble() > 0 && events.get(2).path("tokens_per_second").asDouble() > 0, events.get(2).toString());
        assertEquals(events.get(6).path("loss"), events.get(7).path("validation_loss"));
        assertTrue(events.get(7).path("predicted_memory_bytes").asLong() > 0);
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void givenARecipeOfAxolotl_whenTrained_thenItsModelRowsAndFolderAreTaken() throws IOException {
        recipe = Files.writeString(folder.resolve("axolotl.yml"), """
                base_model: hone-nano
                adapter: qlora
                lora_r: 4
                lora_alpha: 8
                lora_target_linear: true
                datasets:
                  - path: rows.jsonl
                    type: chat_template
                sequence_len: 128
                micro_batch_size: 2
                gradient_accumulation_steps: 1
                max_steps: 2
                learning_rate: 0.001
                flash_attention: true
                output_dir: %s
                """.formatted(folder.resolve("axolotl-out")));
        CommandRun run = CommandRun.of("train", recipe.toString());
        assertEquals(0, run.exit(), run.error());
        assertTrue(Files.exists(folder.resolve("axolotl-out/adapter_config.json")));
        assertTrue(run.out().contains("note       The recipe is taken as it is: Axolotl.") && run.out().contains("flash_attention"), run.out());
    }

    @Test
    void givenWhatIsMissingOrInTheWay_whenRun_thenASentenceSaysWhatToDo() throws IOException {
        CommandRun noRows = train();
        assertEquals(Failure.USAGE, noRows.exit());
        assertTrue(noRows.error().contains("--data FILE"), noRows.error());
        assertTrue(train("--data", folder.resolve("none.jsonl").toString()).error().contains("found no such file"));
        assertTrue(train("--data", data.toString(), "--model", "nowhere").error().contains("\"nowhere\""));
        Files.createDirectories(folder.resolve("out/something"));
        CommandRun full = train("--data", data.toString());
        assertEquals(Failure.FAILED, full.exit());
        assertTrue(full.error().contains("with something in it"), full.error());
    }

    @Test
    void givenABrokenRow_whenTrained_thenANoteNamesItsLine() throws IOException {
        Files.writeString(data, Files.readString(data) + "{\"messages\": []}\n");
        CommandRun run = train("--data", data.toString(), "--set", "max_steps=1", "--json");
        assertEquals(0, run.exit(), run.error());
        JsonNode note = json(run.lines().getFirst());
        assertEquals("note", note.path("event").asText());
        Path rejected = folder.resolve("out.rejected.jsonl");
        assertTrue(note.path("message").asText().contains("1 row is not used. Line 25:") && note.path("message").asText().endsWith("All of them: " + rejected), note.toString());
        List<String> problems = Files.readAllLines(rejected);
        assertEquals(1, problems.size());
        assertEquals(25, json(problems.getFirst()).path("line").asInt());
        assertEquals("rows.jsonl", json(problems.getFirst()).path("file").asText());
    }

    @Test
    void givenRowsThatAreNowAllRight_whenTrainedAgain_thenNoListOfRejectedOnesStays() throws IOException {
        Path rejected = Files.writeString(folder.resolve("out.rejected.jsonl"), "{\"line\": 25}\n");
        CommandRun run = train("--data", data.toString(), "--set", "max_steps=1");
        assertEquals(0, run.exit(), run.error());
        assertFalse(Files.exists(rejected));
    }

    private FineTuneSpec spec() {
        TrainingRecipe settings = TrainingRecipe.parse("{\"lora_r\": 4, \"micro_batch_size\": 2, \"max_steps\": 3, \"sequence_len\": 64}");
        return new FineTuneSpec(NANO, data, null, folder.resolve("out"), folder.resolve("work"), settings);
    }

    /** Asks to stop at the n-th look. */
    private static BooleanSupplier stopAt(int look) {
        AtomicInteger looks = new AtomicInteger();
        return () -> looks.incrementAndGet() >= look;
    }

    @Test
    void givenARunThatWasStopped_whenRunAgain_thenItGoesOnFromItsCheckpoint() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        JsonScreen screen = new JsonScreen(new PrintStream(out, true, StandardCharsets.UTF_8));
        assertEquals(LocalRun.INTERRUPTED, new LocalRun(spec(), screen, stopAt(3)).train());
        assertFalse(Files.exists(folder.resolve("out/adapter_model.safetensors")));
        assertEquals(0, new LocalRun(spec(), screen, () -> false).train());
        List<String> events = out.toString(StandardCharsets.UTF_8).lines().map(TrainCommandTest::json).map(e -> e.path("event").asText() + e.path("step").asText()).toList();
        assertEquals(List.of("estimate", "step1", "step2", "checkpoint2", "interrupted2", "estimate", "step3", "end"), events);
        assertTrue(Files.exists(folder.resolve("out/adapter_model.safetensors")));
    }

    @Test
    void givenACheckpointThatCannotBeRead_whenToldToBeginAnew_thenItIsLeftAside() throws IOException {
        Files.createDirectories(folder.resolve("out.work/checkpoints/step-1"));
        assertEquals(Failure.FAILED, train("--data", data.toString(), "--resume").exit());
        CommandRun run = train("--data", data.toString(), "--no-resume");
        assertEquals(0, run.exit(), run.error());
    }

    @Test
    void givenTooLittleMemory_whenRun_thenItIsRefusedBeforeItTrains() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        JsonScreen screen = new JsonScreen(new PrintStream(out, true, StandardCharsets.UTF_8));
        Failure failure = assertThrows(Failure.class, () -> new LocalRun(spec(), screen, () -> false).train(OptionalDouble.of(1e6)));
        assertTrue(failure.getMessage().contains("0.0 GB are available to this process"), failure.getMessage());
        List<JsonNode> events = out.toString(StandardCharsets.UTF_8).lines().map(TrainCommandTest::json).toList();
        assertEquals("out_of_memory_predicted", events.getLast().path("code").asText());
        assertEquals(2, events.size());
    }
}

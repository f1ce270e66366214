package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.Torch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
    private static final Progress PROGRESS = new Progress(3, 1234, 2, 0.1 + 0.2, 2, 0.1 + 0.2, 0, java.util.List.of(0.1 + 0.7, 0.1));

    private final NDManager manager = Torch.newManager();

    @TempDir
    Path dir;

    @AfterEach
    void close() {
        manager.close();
    }

    static byte[] copy(NDArray tensor) {
        ByteBuffer bytes = tensor.toByteBuffer();
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }

    private List<Parameter> parameters(float of) {
        Shape large = new Shape(64, 70);
        Shape small = new Shape(5);
        return List.of(new Parameter("large", manager.arange(4480f).mul(of).reshape(large), manager.zeros(large)), new Parameter("small", manager.arange(5f).mul(of), manager.zeros(small)));
    }

    private static Map<String, byte[]> everything(List<Parameter> parameters, Optimizer optimizer) {
        Map<String, byte[]> all = new TreeMap<>();
        parameters.forEach(p -> all.put(p.name(), copy(p.value())));
        optimizer.state().forEach((name, tensor) -> all.put(name, copy(tensor)));
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"adamw", "adamw_8bit", "paged_adamw", "paged_adamw_8bit", "sgd"})
    void givenAnOptimizersState_whenWrittenAndRead_thenEveryByteIsBack(String name) throws IOException {
        TrainingRecipe recipe = TrainingRecipe.parse("{}").with("optimizer", name).with("sgd_momentum", 0.9);
        List<Parameter> kept = parameters(1e-3f);
        List<Parameter> fresh = parameters(0);
        Path best = dir.resolve("best");
        Files.writeString(best, "weights");
        try (Optimizer first = Optimizer.of(Torch.newManager(), recipe, kept); Optimizer second = Optimizer.of(Torch.newManager(), recipe, fresh)) {
            kept.forEach(p -> p.gradient().addi(p.value()).addi(0.3));
            first.step(0.01);
            Checkpoint.write(dir.resolve("checkpoint"), kept, first, PROGRESS, "run", best);
            Files.delete(best);
            assertEquals(PROGRESS, Checkpoint.read(dir.resolve("checkpoint"), fresh, second, "run", best));

            assertEquals("weights", Files.readString(best));
            Map<String, byte[]> expected = everything(kept, first);
            Map<String, byte[]> found = everything(fresh, second);
            assertEquals(expected.keySet(), found.keySet());
            expected.forEach((tensor, bytes) -> assertArrayEquals(bytes, found.get(tensor), tensor));
        }
    }

    @Test
    void givenAnotherRunsCheckpoint_whenRead_thenItIsRefused() throws IOException {
        TrainingRecipe recipe = TrainingRecipe.parse("{}");
        List<Parameter> parameters = parameters(1);
        try (Optimizer optimizer = Optimizer.of(Torch.newManager(), recipe, parameters)) {
            Checkpoint.write(dir.resolve("checkpoint"), parameters, optimizer, PROGRESS, "one run", dir.resolve("none"));
            TrainingFailed refused = assertThrows(TrainingFailed.class, () -> Checkpoint.read(dir.resolve("checkpoint"), parameters, optimizer, "another", dir.resolve("none")));
            assertEquals("checkpoint_mismatch", refused.code());
        }
    }
}

package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.format.SafetensorsFile;
import dev.hone.llm.nf4.DynamicMap;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against torch.optim and bitsandbytes; src/test/golden/make_optimizers.py wrote the file, schedules.json names the versions. */
class OptimizerTest {
    private static final Path GOLDEN = Path.of(System.getProperty("hone.root"), "libs/llm/src/test/golden/optimizers.safetensors");
    private static final List<String> NAMES = List.of("up.lora_A", "up.lora_B", "norm");
    private static final double[] RATES = {0.01, 0.02, 0.005, 0.01, 0.003};

    private SafetensorsFile golden;
    private NDManager manager;

    @BeforeEach
    void open() {
        golden = SafetensorsFile.open(GOLDEN);
        manager = Torch.newManager();
    }

    @AfterEach
    void close() {
        golden.close();
        manager.close();
    }

    private static TrainingRecipe recipe(String optimizer) {
        return TrainingRecipe.parse("{}").with("optimizer", optimizer).with("weight_decay", 0.1).with("adam_beta2", 0.99);
    }

    private List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>();
        for (String name : NAMES) {
            Shape shape = new Shape(golden.info("start." + name).dimensions());
            NDArray value = manager.create(golden.floats("start." + name), shape);
            parameters.add(new Parameter(name, value, manager.zeros(shape)));
        }
        return parameters;
    }

    private void feel(Optimizer optimizer, List<Parameter> parameters, int step) {
        parameters.forEach(p -> optimizer.fill(p.gradient(), golden.buffer("grad." + step + "." + p.name())));
    }

    private void steps(Optimizer optimizer, List<Parameter> parameters, int from, int to) {
        for (int step = from; step < to; step++) {
            feel(optimizer, parameters, step);
            optimizer.step(RATES[step]);
        }
    }

    private List<Parameter> trained(TrainingRecipe recipe) {
        List<Parameter> parameters = parameters();
        try (Optimizer optimizer = Optimizer.of(Torch.newManager(), recipe, parameters)) {
            steps(optimizer, parameters, 0, RATES.length);
        }
        return parameters;
    }

    private void assertGolden(String label, List<Parameter> parameters, float tolerance) {
        for (Parameter p : parameters) {
            assertArrayEquals(golden.floats(label + "." + p.name()), p.value().toFloatArray(), tolerance, p.name());
            assertArrayEquals(new float[(int) p.value().size()], p.gradient().toFloatArray(), "the gradient is cleared");
        }
    }

    @Test
    void givenAdamw_whenStepsAreTaken_thenValuesAreTorchs() {
        assertGolden("adamw", trained(recipe("adamw")), 2e-7f);
    }

    @Test
    void givenARatioForB_whenStepsAreTaken_thenBAloneRunsAtItTimesTheRate() {
        assertGolden("loraplus", trained(recipe("adamw").with("loraplus_lr_ratio", 4)), 2e-7f);
    }

    @ParameterizedTest
    @CsvSource({"0,sgd", "0.9,sgd_momentum"})
    void givenSgd_whenStepsAreTaken_thenValuesAreTorchs(double momentum, String label) {
        assertGolden(label, trained(recipe("sgd").with("sgd_momentum", momentum)), 2e-7f);
    }

    @Test
    void givenAdamwWith8BitState_whenStepsAreTaken_thenValuesAreBitsandbytes() {
        assertGolden("adamw_8bit", trained(recipe("adamw_8bit")), 1e-6f);
    }

    @Test
    void givenAdamwWith8BitState_whenOneStepIsTaken_thenCodesAndMaximaAreBitsandbytes() {
        List<Parameter> parameters = parameters();
        try (Optimizer optimizer = Optimizer.of(Torch.newManager(), recipe("adamw_8bit"), parameters)) {
            steps(optimizer, parameters, 0, 1);
            Map<String, NDArray> state = optimizer.state();
            for (String moment : List.of("exp_avg", "exp_avg_sq")) {
                assertArrayEquals(golden.floats("adamw_8bit.first." + moment + ".absmax"), state.get("up.lora_A." + moment + ".absmax").toFloatArray(), 1e-9f);
                assertArrayEquals(golden.segment("adamw_8bit.first." + moment).toArray(ValueLayout.JAVA_BYTE), state.get("up.lora_A." + moment).toByteArray(), moment);
            }
        }
    }

    @Test
    void givenTheMaps_whenRead_thenTheyAreBitsandbytes() {
        assertArrayEquals(golden.floats("map.signed"), DynamicMap.signed(), 1e-7f);
        assertArrayEquals(golden.floats("map.unsigned"), DynamicMap.unsigned(), 1e-7f);
    }

    @Test
    void given8BitState_whenItsMemoryIsCounted_thenAMomentTakesAByteAndABlockFour() {
        List<Parameter> parameters = parameters();
        try (Optimizer optimizer = Optimizer.of(Torch.newManager(), recipe("adamw_8bit"), parameters)) {
            Map<String, NDArray> state = optimizer.state();
            assertEquals(DataType.UINT8, state.get("up.lora_A.exp_avg").getDataType());
            assertEquals(4480, bytes(state.get("up.lora_A.exp_avg")));
            assertEquals(18 * 4, bytes(state.get("up.lora_A.exp_avg_sq.absmax")));
            assertEquals(128 * 4, bytes(state.get("up.lora_B.exp_avg")), "too small for 8 bits");
            long all = state.values().stream().mapToLong(OptimizerTest::bytes).sum();
            assertEquals(2 * (4480 + 18 * 4) + 2 * 4 * (128 + 16), all);
        }
    }

    private static long bytes(NDArray tensor) {
        return tensor.size() * tensor.getDataType().getNumOfBytes();
    }

    @ParameterizedTest
    @ValueSource(strings = {"adamw", "adamw_8bit"})
    void givenStateInHostMemory_whenTheParametersAreThereToo_thenNothingChangesToTheLastBit(String optimizer) {
        float[][] values = new float[2][];
        for (int paged = 0; paged < 2; paged++) {
            // more than a page's least elements, and more than one piece of the 8-bit rule
            Shape shape = new Shape(1100, 1000);
            List<Parameter> large = List.of(new Parameter("a", manager.arange(1_100_000f).div(1e6f).reshape(shape), manager.zeros(shape)),
                    new Parameter("b", manager.arange(1_100_000f).div(2e6f).reshape(shape), manager.zeros(shape)));
            try (Optimizer moves = Optimizer.of(Torch.newManager(), recipe((paged == 1 ? "paged_" : "") + optimizer), large)) {
                for (int step = 0; step < 2; step++) {
                    large.forEach(p -> p.gradient().addi(p.value()).subi(0.4));
                    moves.step(0.01);
                }
            }
            values[paged] = large.getLast().value().toFloatArray();
        }
        assertArrayEquals(values[0], values[1]);
        assertNotEquals(0.25f, values[0][500_000]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"adamw", "adamw_8bit", "paged_adamw", "paged_adamw_8bit", "sgd"})
    void givenStateThatWasKept_whenAnotherOptimizerGoesOnFromIt_thenValuesAreEqualToTheLastBit(String name) {
        TrainingRecipe recipe = recipe(name).with("sgd_momentum", 0.9);
        List<Parameter> whole = trained(recipe);
        List<Parameter> parts = parameters();
        Map<String, byte[]> kept = new LinkedHashMap<>();
        try (Optimizer first = Optimizer.of(Torch.newManager(), recipe, parts)) {
            steps(first, parts, 0, 3);
            first.state().forEach((tensor, values) -> kept.put(tensor, CheckpointTest.copy(values)));
        }
        try (Optimizer second = Optimizer.of(Torch.newManager(), recipe, parts)) {
            second.resumeAfter(3);
            second.state().forEach((tensor, values) -> second.fill(values, ByteBuffer.wrap(kept.get(tensor)).order(ByteOrder.LITTLE_ENDIAN)));
            steps(second, parts, 3, RATES.length);
        }
        for (int i = 0; i < whole.size(); i++) {
            assertArrayEquals(whole.get(i).value().toFloatArray(), parts.get(i).value().toFloatArray(), whole.get(i).name());
        }
    }

    @Test
    void givenAGradient_whenClipped_thenItIsTorchs() {
        List<Parameter> parameters = parameters();
        try (Optimizer optimizer = Optimizer.of(Torch.newManager(), recipe("sgd"), parameters)) {
            feel(optimizer, parameters, 0);
            assertEquals(golden.floats("clip.total")[0], optimizer.clip(0), 1e-5);
            assertEquals(golden.floats("clip.total")[0], optimizer.clip(1), 1e-5);
            parameters.forEach(p -> assertArrayEquals(golden.floats("clip." + p.name()), p.gradient().toFloatArray(), 1e-7f));
            optimizer.discard();
            assertEquals(0, optimizer.clip(1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"adamw", "adamw_8bit", "sgd"})
    void givenAValueThatIsALeafOfAGraph_whenAStepIsTaken_thenItMovesInPlaceAndStaysALeaf(String name) {
        List<Parameter> plain = trained(recipe(name));
        List<Parameter> leaves = parameters();
        leaves.forEach(p -> p.value().setRequiresGradient(true));
        try (Optimizer optimizer = Optimizer.of(Torch.newManager(), recipe(name), leaves)) {
            steps(optimizer, leaves, 0, RATES.length);
        }
        for (int i = 0; i < plain.size(); i++) {
            assertArrayEquals(plain.get(i).value().toFloatArray(), leaves.get(i).value().toFloatArray());
            assertTrue(leaves.get(i).value().hasGradient());
        }
    }
}

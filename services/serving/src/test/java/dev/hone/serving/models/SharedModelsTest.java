package dev.hone.serving.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hone.llm.engine.ServedAs;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SharedModelsTest {
    private final FakeModels store = new FakeModels();
    private final SharedModels models = new SharedModels(store, closing -> {});

    private static ModelKey key(String name, ServedAs as) {
        return new ModelKey(FakeModels.ref(name), Optional.empty(), as);
    }

    @Test
    void givenTwoHoldsOnTheSame_whenOneEnds_thenTheModelStaysForTheOther() throws IOException {
        SharedModels.Hold first = models.hold(key("base", ServedAs.INT8));
        SharedModels.Hold second = models.hold(key("base", ServedAs.INT8));

        assertSame(first.model(), second.model());
        first.close();
        first.close();
        assertEquals(List.of(), store.closed);
        second.close();
        assertEquals(List.of("base"), store.closed);
        assertEquals(List.of("base"), store.loads);
    }

    @Test
    void givenTheSameFilesInAnotherType_whenHeld_thenTheyAreAnotherModel() throws IOException {
        assertNotSame(models.hold(key("base", ServedAs.INT8)).model(), models.hold(key("base", ServedAs.INT4)).model());
    }

    @Test
    void givenALoadThatFailed_whenHeldAgain_thenItIsLoadedAgain() throws IOException {
        store.outages.put("base", 1);
        assertThrows(IOException.class, () -> models.hold(key("base", ServedAs.INT8)));

        assertEquals("base", models.hold(key("base", ServedAs.INT8)).model().toString());
    }
}

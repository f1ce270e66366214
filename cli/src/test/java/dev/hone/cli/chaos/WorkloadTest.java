package dev.hone.cli.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.hone.cli.home.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkloadTest {
    @TempDir Path folder;

    private Workload workload(String name, long seed) throws IOException {
        Path checkout = Path.of("").toAbsolutePath().getParent();
        return Workload.write(new Home(checkout, folder), folder.resolve(name), seed, 8);
    }

    @Test
    void givenASeed_whenWrittenTwice_thenRowsAndRecipesAreTheSame() throws IOException {
        List<Workload.Item> one = workload("one", 4).items();
        List<Workload.Item> two = workload("two", 4).items();
        for (int i = 0; i < one.size(); i++) {
            assertEquals(Files.readString(one.get(i).file()), Files.readString(two.get(i).file()));
            assertEquals(one.get(i).recipe(), two.get(i).recipe());
        }
        assertNotEquals(Files.readString(one.getFirst().file()), Files.readString(workload("three", 5).items().getFirst().file()));
    }

    @Test
    void givenSubmissions_whenWritten_thenEachHasItsOwnNameRowsAndSeed() throws IOException {
        List<Workload.Item> items = workload("one", 4).items();
        assertEquals(items.size(), items.stream().map(Workload.Item::model).distinct().count());
        assertEquals(items.size(), items.stream().map(item -> item.recipe().getTraining().getSeed()).distinct().count());
    }
}

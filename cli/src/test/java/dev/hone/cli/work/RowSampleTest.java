package dev.hone.cli.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowSampleTest {
    @Test
    void givenASortedFile_whenMixedTwice_thenTheSameRowsComeFirstAndNoneIsLost(@TempDir Path folder) throws IOException {
        List<String> sorted = IntStream.range(0, 100).mapToObj(i -> String.format("{\"text\": \"%03d\"}", i)).toList();
        Path one = Files.write(folder.resolve("one"), sorted);
        Path other = Files.write(folder.resolve("other"), sorted);
        RowSample.mix(one);
        RowSample.mix(other);
        assertEquals(Files.readAllLines(one), Files.readAllLines(other));
        assertNotEquals(sorted, Files.readAllLines(one));
        assertEquals(sorted, Files.readAllLines(one).stream().sorted().toList());
    }
}

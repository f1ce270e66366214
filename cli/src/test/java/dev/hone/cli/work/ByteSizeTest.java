package dev.hone.cli.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

class ByteSizeTest {
    private static double bytes(String text) {
        return new ByteSize().convert(text);
    }

    @Test
    void givenSizesAsPeopleWriteThem_whenRead_thenTheyAreBytes() {
        assertEquals(4096, bytes("4096"));
        assertEquals(3e8, bytes("300MB"));
        assertEquals(1.5e9, bytes("1.5 gb"));
        assertEquals(512 * 1024 * 1024, bytes("512MiB"));
    }

    @Test
    void givenNoSize_whenRead_thenTheSentenceShowsSome() {
        for (String text : new String[] {"small", "-3MB", "3 parsecs", ""}) {
            assertTrue(assertThrows(TypeConversionException.class, () -> bytes(text)).getMessage().contains("300MB"), text);
        }
    }
}

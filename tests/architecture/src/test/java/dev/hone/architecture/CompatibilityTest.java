package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Within {@code .v1} the contracts only grow. {@code proto/contract.lock} remembers every field, enum value and call
 * that was ever there; {@code -Dhone.update=true} appends what is new and never takes anything away.
 */
class CompatibilityTest {
    private static final Path LOCK = Repository.file("proto/contract.lock");
    private static final String HEADER = "# Every field, enum value and call of the contracts. Written by CompatibilityTest; lines are added, never changed:\n"
            + "# mvn -pl tests/architecture -am test -Dtest=CompatibilityTest -Dhone.update=true -Dsurefire.failIfNoSpecifiedTests=false\n";

    @Test
    void givenTheLock_whenTheContractsAreRead_thenNothingWasRemovedRenumberedOrRetyped() throws IOException {
        Set<String> now = Set.copyOf(Contracts.lines());
        // what was demanded may become optional: events written before stay valid
        List<String> gone = locked().stream().filter(line -> !now.contains(line) && !now.contains(relaxed(line))).toList();
        assertEquals(List.of(), gone, "Somebody may have written or be reading these: bring them back as they were, and add a new field with"
                + " a new number beside them (what changed its meaning needs a .v2 type of its own)");
    }

    @Test
    void givenTheLock_whenAFieldIsAdded_thenOldSendersMayLeaveItOut() throws IOException {
        Set<String> locked = locked();
        List<String> demanding = Contracts.lines().stream().filter(line -> !locked.contains(line)).filter(line -> line.endsWith(" required")).toList();
        if (!locked.isEmpty()) {
            assertEquals(List.of(), demanding, "A new field must be optional: events written before it existed must stay valid. Drop the rule that demands it");
        }
    }

    @Test
    void givenTheLock_whenSomethingIsAdded_thenItIsLockedToo() throws IOException {
        Set<String> all = new TreeSet<>(locked());
        List<String> added = Contracts.lines().stream().filter(line -> !all.contains(line) && !all.contains(line + " required")).toList();
        if (Boolean.getBoolean("hone.update")) {
            all.addAll(added);
            Files.writeString(LOCK, HEADER + String.join("\n", all) + "\n");
            return;
        }
        assertEquals(List.of(), added, "These are new. When their names and types are right for good, append them to proto/contract.lock by"
                + " running this test with -Dhone.update=true");
    }

    private static String relaxed(String line) {
        return line.replaceFirst(" required$", "");
    }

    private static Set<String> locked() throws IOException {
        if (!Files.exists(LOCK)) {
            return Set.of();
        }
        return Files.readAllLines(LOCK).stream().filter(line -> !line.isBlank() && !line.startsWith("#")).collect(Collectors.toCollection(TreeSet::new));
    }
}

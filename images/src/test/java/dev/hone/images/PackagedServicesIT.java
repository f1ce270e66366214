package dev.hone.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What lies in which layer of the real five, which the build has packaged before it comes here. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PackagedServicesIT {
    private static final Path CHECKOUT = Path.of(System.getProperty("hone.root"));
    private static final List<String> COMPUTING = List.of("trainer", "quantizer", "evaluator", "serving");
    private static final List<String> WITH_JOBS = List.of("trainer", "quantizer", "evaluator");
    private static final long LARGEST_JAR = 20_000_000;

    private final Map<String, ImageFiles> images = new LinkedHashMap<>();

    @BeforeAll
    void read() throws IOException {
        Path work = Files.createDirectories(CHECKOUT.resolve("images/target/work"));
        for (String name : Packaged.SERVICES) {
            images.put(name, ImageFiles.of(Packaged.of(CHECKOUT, name), CommonLibraries.read(), work));
        }
    }

    @Test
    void givenTheFiveServices_whenTheirJarsAreCompared_thenTheListOfCommonLibrariesIsWhatAllHave() throws IOException {
        Set<String> common = new TreeSet<>(jars("ingest"));
        Packaged.SERVICES.forEach(name -> common.retainAll(jars(name)));
        Path list = CHECKOUT.resolve("images/src/main/resources/dev/hone/images").resolve(CommonLibraries.FILE);
        if (Boolean.getBoolean("hone.update")) {
            Files.writeString(list, String.join("\n", common) + "\n");
        }
        assertEquals(String.join("\n", common), Files.readString(list).strip(),
                "A jar that all services have belongs into their common layer, another one does not. To write the list anew: -Dhone.update=true, and commit " + list);
    }

    @Test
    void givenTheFiveServices_whenTheirLayersAreCompared_thenWhatTheyShareIsTheSameToTheLastByte() {
        for (Share share : List.of(Share.TOKENIZER, Share.COMMON_LIBRARIES)) {
            assertSame(share, Packaged.SERVICES);
        }
        assertSame(Share.ENGINE, COMPUTING);
        assertSame(Share.OTHER_LIBRARIES, WITH_JOBS);
    }

    @Test
    void givenIngest_whenItsFilesAreListed_thenItCarriesNoEngine() {
        assertEquals(Engine.NONE, images.get("ingest").engine());
        assertTrue(files("ingest").keySet().stream().noneMatch(file -> file.contains("libtorch") || file.contains("pytorch-native")));
    }

    @Test
    void givenTheServicesThatCompute_whenTheirNativesAreListed_thenTheyAreAllThatDjlLoads() {
        for (String name : COMPUTING) {
            Set<String> natives = images.get(name).layers().get(Share.ENGINE).keySet().stream().map(file -> file.substring(file.lastIndexOf('/') + 1)).collect(Collectors.toSet());
            assertTrue(natives.containsAll(Set.of("libtorch.so", "libtorch_cpu.so", "libc10.so", "libdjl_torch.so")), natives::toString);
        }
    }

    @Test
    void givenTheFiveServices_whenTheirJarsAreWeighed_thenNoneHasNativesLeftInIt() throws IOException {
        for (String name : Packaged.SERVICES) {
            for (Map.Entry<String, Path> file : files(name).entrySet()) {
                assertTrue(!file.getKey().endsWith(".jar") || Files.size(file.getValue()) < LARGEST_JAR, () -> name + ": " + file.getKey());
            }
        }
    }

    private void assertSame(Share share, List<String> services) {
        Map<String, String> first = digests(services.getFirst(), share);
        services.forEach(name -> assertEquals(first, digests(name, share), () -> share + " of " + name));
    }

    private Map<String, String> digests(String service, Share share) {
        Map<String, String> digests = new TreeMap<>();
        images.get(service).layers().get(share).forEach((inside, file) -> digests.put(inside, Digests.sha256(file)));
        return digests;
    }

    private Map<String, Path> files(String service) {
        Map<String, Path> all = new TreeMap<>();
        images.get(service).layers().values().forEach(all::putAll);
        return all;
    }

    private Set<String> jars(String service) {
        return files(service).keySet().stream().filter(file -> file.contains("/lib/")).map(file -> file.substring(file.lastIndexOf('/') + 1))
                .filter(jar -> !jar.startsWith("dev.hone.")).map(CommonLibraries::name).collect(Collectors.toCollection(TreeSet::new));
    }
}

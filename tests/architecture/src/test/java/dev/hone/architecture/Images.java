package dev.hone.architecture;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The images that {@code images/build.sh} makes, by the names it gives them. */
final class Images {
    private static final Map<String, String> OF_TEMPLATES = Map.of("train", "trainer", "quantize", "quantizer", "qat", "quantizer", "evaluate", "evaluator");
    private static final Set<String> WITH_CUDA = Set.of("trainer", "quantizer");
    private static final String COMMAND_LINE = "cli";

    private Images() {}

    static String of(String service) {
        return "hone/" + service + ":" + version();
    }

    /** What a Job's template runs: its service's image, or the one with CUDA's libraries. */
    static Set<String> ofTemplate(String template) {
        String service = OF_TEMPLATES.get(template);
        return WITH_CUDA.contains(service) ? Set.of(of(service), of(service + "-cuda")) : Set.of(of(service));
    }

    /** Whether a CronJob of that name is a template of Jobs, and none that runs by the clock. */
    static boolean isTemplate(String cronJob) {
        return OF_TEMPLATES.containsKey(cronJob);
    }

    static Set<String> all() {
        Set<String> images = new TreeSet<>(Set.of(of(COMMAND_LINE)));
        Repository.services().forEach(service -> images.add(of(service.name())));
        WITH_CUDA.forEach(service -> images.add(of(service + "-cuda")));
        return images;
    }

    /** {@code 10001} of {@code USER = "10001:0"}. */
    static String user() {
        return JavaSource.of(Repository.module("images")).flatMap(source -> source.find("\\bUSER = \"(\\d+)(?::\\d+)?\"")).map(found -> found.group(1)).findFirst()
                .orElseThrow(() -> new AssertionError("Expected images/ to name the user that its images run as, found none."));
    }

    private static String version() {
        return Repository.read("pom.xml").replaceFirst("(?s).*?<version>([^<]+)</version>.*", "$1");
    }
}

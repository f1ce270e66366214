package dev.hone.cli.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.cli.chaos.check.Violation;
import dev.hone.cli.chaos.fault.Done;
import dev.hone.cli.chaos.fault.FaultKind;
import dev.hone.cli.console.Figures;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a run of chaos found.
 *
 * @param outcomes how many submissions came to what
 * @param counts   of things, in words
 * @param quiet    empty if the stack came to rest, else what it still had to do
 * @param checks   violations by the name of what must hold
 */
record ChaosReport(ChaosPlan plan, Duration undisturbed, Duration disturbed, List<Done> faults, Map<String, Long> outcomes, Map<String, Long> counts,
        Optional<String> quiet, Map<String, List<Violation>> checks) {
    private static final Duration AROUND = Duration.ofSeconds(45);
    private static final int SHOWN = 20;

    boolean holds() {
        return quiet.isEmpty() && checks.values().stream().allMatch(List::isEmpty);
    }

    long kills() {
        return faults.stream().filter(Done::kill).count();
    }

    String command() {
        return "./hone chaos --seed " + plan.seed() + " --kills " + plan.kills() + " --datasets " + plan.datasets() + " --time-limit " + plan.limit().toMinutes();
    }

    /** @param format {@code text}, {@code markdown} or {@code json} */
    String in(String format) {
        return format.equals("json") ? json() : String.join("\n", lines(format.equals("markdown"))) + "\n";
    }

    private List<String> lines(boolean markdown) {
        List<String> lines = new ArrayList<>();
        lines.add((holds() ? "Nothing was lost. " : "NOT EVERYTHING HELD. ") + kills() + " kills and " + (faults.size() - kills()) + " other faults in " + Figures.duration(disturbed)
                + "; " + plan.datasets() + " submissions, undisturbed " + Figures.duration(undisturbed) + ".");
        lines.add("To repeat: " + code(command(), markdown));
        table(lines, markdown, "fault", faultCounts());
        table(lines, markdown, "submissions", outcomes);
        table(lines, markdown, "count", counts);
        lines.add("");
        quiet.ifPresent(open -> lines.add("It did not come to rest in time: " + open + "."));
        lines.addAll(row(markdown, "what must hold", "violations"));
        if (markdown) {
            lines.add("| --- | ---: |");
        }
        checks.forEach((check, violations) -> lines.addAll(row(markdown, check, violations.isEmpty() ? "none" : String.valueOf(violations.size()))));
        checks.values().forEach(violations -> violations.stream().limit(SHOWN).forEach(violation -> lines.addAll(explained(violation))));
        return lines;
    }

    private Map<String, Long> faultCounts() {
        Map<FaultKind, Long> byKind = faults.stream().collect(Collectors.groupingBy(Done::kind, TreeMap::new, Collectors.counting()));
        Map<String, Long> words = new java.util.LinkedHashMap<>();
        byKind.forEach((kind, count) -> words.put(kind.words(), count));
        return words;
    }

    private static void table(List<String> lines, boolean markdown, String head, Map<String, Long> rows) {
        lines.add("");
        lines.addAll(row(markdown, head, ""));
        if (markdown) {
            lines.add("| --- | ---: |");
        }
        rows.forEach((name, count) -> lines.addAll(row(markdown, name, Figures.whole(count))));
    }

    private static List<String> row(boolean markdown, String name, String value) {
        return List.of(markdown ? "| " + name + " | " + value + " |" : "  %-75s %8s".formatted(name, value).stripTrailing());
    }

    private static String code(String text, boolean markdown) {
        return markdown ? "`" + text + "`" : text;
    }

    /** With the faults around it, so that a reader sees what may have caused it. */
    private List<String> explained(Violation violation) {
        List<String> lines = new ArrayList<>(List.of("", violation.check() + ": " + violation.subject() + violation.at().map(at -> " at " + at.truncatedTo(ChronoUnit.SECONDS)).orElse("")));
        lines.add("  " + violation.message());
        violation.at().ifPresent(at -> faults.stream().filter(done -> Duration.between(done.at(), at).abs().compareTo(AROUND) < 0).forEach(
                done -> lines.add("  " + done.at().truncatedTo(ChronoUnit.SECONDS) + " " + done.kind().words() + ": " + done.target())));
        return lines;
    }

    private String json() {
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode root = mapper.createObjectNode().put("holds", holds()).put("command", command()).put("seed", plan.seed()).put("kills", kills())
                .put("undisturbed_seconds", undisturbed.toSeconds()).put("disturbed_seconds", disturbed.toSeconds()).put("open", quiet.orElse(""));
        put(root.putObject("fault_counts"), faultCounts());
        put(root.putObject("submissions"), outcomes);
        put(root.putObject("counts"), counts);
        ArrayNode timeline = root.putArray("faults");
        faults.forEach(done -> timeline.addObject().put("number", done.fault().number()).put("kind", done.kind().name()).put("at", done.at().toString())
                .put("since_seconds", done.since().toSeconds()).put("target", done.target()));
        ObjectNode held = root.putObject("checks");
        checks.forEach((check, violations) -> {
            ArrayNode all = held.putArray(check);
            violations.forEach(violation -> all.addObject().put("subject", violation.subject()).put("message", violation.message()).put("at", violation.at().map(Object::toString).orElse("")));
        });
        try {
            return mapper.writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always JSON", e);
        }
    }

    private static void put(ObjectNode node, Map<String, Long> values) {
        values.forEach(node::put);
    }
}

package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is asked of Prometheus is told by somebody: rules and dashboard, the pages that list metrics, and the code agree. */
class MonitoringTest {
    private static final String FOLDER = "k8s/components/monitoring/";
    private static final String PAGE = "docs/observability.md";
    private static final List<String> PAGES = List.of(PAGE, "docs/operations.md");
    private static final Pattern METRIC = Pattern.compile("`([a-zA-Z][\\w]*_[\\w]+|up)`");
    private static final Pattern METER = Pattern.compile("\"(hone(?:\\.[a-z]+)+)\"");
    /** What Prometheus makes of one meter. */
    private static final List<String> PARTS = List.of("", "_bucket", "_count", "_sum", "_max");

    private static List<Map<String, Object>> rules() {
        Map<String, Object> resource = Manifests.parse(Repository.read(FOLDER + "hone-rules.yaml")).getFirst();
        return Manifests.list(Manifests.at(resource, "spec", "groups").orElseThrow()).stream()
                .flatMap(group -> Manifests.list(Manifests.map(group).get("rules")).stream()).map(Manifests::map).toList();
    }

    /** JSON is YAML, too. */
    private static Map<String, Object> dashboard() {
        return Manifests.parse(Repository.read(FOLDER + "dashboard.json")).getFirst();
    }

    private static List<Map<String, Object>> panels() {
        return Manifests.list(dashboard().get("panels")).stream().map(Manifests::map).toList();
    }

    private static List<Map<String, Object>> graphs() {
        return panels().stream().filter(panel -> !"row".equals(panel.get("type"))).toList();
    }

    private static List<String> queries(Map<String, Object> panel) {
        return Manifests.list(panel.get("targets")).stream().map(target -> Manifests.map(target).get("expr").toString()).toList();
    }

    private static Stream<String> expressions() {
        return Stream.concat(rules().stream().map(rule -> rule.get("expr").toString()), graphs().stream().flatMap(panel -> queries(panel).stream()));
    }

    /** Names in the first column of the pages' tables. */
    private static Set<String> listed() {
        return PAGES.stream().flatMap(page -> Repository.read(page).lines()).filter(line -> line.startsWith("| `"))
                .flatMap(line -> METRIC.matcher(line.substring(0, line.indexOf(" |"))).results()).map(found -> found.group(1)).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> meters() {
        return Repository.modules().stream().flatMap(JavaSource::of).filter(source -> source.code().contains("import io.micrometer."))
                .flatMap(source -> METER.matcher(source.code()).results()).map(found -> found.group(1)).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The names that Prometheus may know a meter by: a counter is a total, a timer has seconds. */
    private static List<String> names(String meter) {
        String name = meter.replace('.', '_');
        return List.of(name, name + "_total", name + "_seconds");
    }

    @Test
    void givenRulesAndDashboard_whenTheirExpressionsAreRead_thenEachMetricIsRecordedByARuleOrListedOnAPage() {
        Set<String> known = rules().stream().map(rule -> String.valueOf(rule.get("record"))).collect(Collectors.toCollection(HashSet::new));
        listed().forEach(name -> PARTS.forEach(part -> known.add(name + part)));
        List<String> unknown = expressions().flatMap(expression -> PromQl.metrics(expression).stream()).distinct().filter(metric -> !known.contains(metric)).toList();
        ModuleArrowsTest.assertNone(unknown, "an alert on a metric that nobody exports never fires");
    }

    @Test
    void givenThePages_whenTheirMetricsAreRead_thenEachOfHonesIsAMeterOfTheCode() {
        Set<String> told = meters().stream().flatMap(meter -> names(meter).stream()).collect(Collectors.toSet());
        ModuleArrowsTest.assertNone(listed().stream().filter(name -> name.startsWith("hone_")).filter(name -> !told.contains(name)).toList(),
                "who looks for a metric that is documented must find it");
    }

    @Test
    void givenTheCode_whenItsMetersAreRead_thenEachIsOnAPage() {
        Set<String> listed = listed();
        List<String> silent = meters().stream().filter(meter -> names(meter).stream().noneMatch(listed::contains)).toList();
        ModuleArrowsTest.assertNone(silent, "a metric that is on no page is found by nobody");
        assertTrue(meters().size() > 30, "found only " + meters());
    }

    @Test
    void givenAnAlert_whenItIsRead_thenItSaysHowBadItIsWhatItMeansAndWhatToDoAndThePageHasIt() {
        List<String> wanting = new ArrayList<>();
        List<Map<String, Object>> alerts = rules().stream().filter(rule -> rule.containsKey("alert")).toList();
        for (Map<String, Object> alert : alerts) {
            Set<String> said = Manifests.map(alert.get("annotations")).keySet();
            boolean severe = Manifests.at(alert, "labels", "severity").filter(Set.of("warning", "critical")::contains).isPresent();
            if (!severe || !said.containsAll(Set.of("summary", "description", "runbook")) || !Repository.read(PAGE).contains("`" + alert.get("alert") + "`")) {
                wanting.add(alert.get("alert").toString());
            }
        }
        ModuleArrowsTest.assertNone(wanting, "who is woken by an alert must know what to do");
        assertTrue(alerts.size() > 10);
    }

    @Test
    void givenTheDashboard_whenItsPanelsAreRead_thenEachHasAUnitAWordOfExplanationAndTheDatasourceThatIsChosen() {
        Map<String, Object> chosen = Manifests.map(Manifests.list(Manifests.at(dashboard(), "templating", "list").orElseThrow()).getFirst());
        assertEquals("datasource", chosen.get("type"));
        String variable = "${" + chosen.get("name") + "}";
        List<String> wanting = graphs().stream().filter(panel -> String.valueOf(panel.get("description")).length() < 5 || queries(panel).isEmpty()
                || Manifests.at(panel, "fieldConfig", "defaults", "unit").isEmpty() || !Manifests.at(panel, "datasource", "uid").orElse("").equals(variable)
                || !Manifests.list(panel.get("targets")).stream().allMatch(target -> Manifests.at(target, "datasource", "uid").orElse("").equals(variable)))
                .map(panel -> panel.get("title").toString()).toList();
        ModuleArrowsTest.assertNone(wanting, "a figure without its unit is none, and a dashboard is looked at beside more than one Prometheus");
    }

    @Test
    void givenTheDashboard_whenItsPanelsAreLaidOut_thenEachHasAnIdAndAPlaceOfItsOwn() {
        Set<Object> ids = panels().stream().map(panel -> panel.get("id")).collect(Collectors.toSet());
        assertEquals(panels().size(), ids.size());
        Set<String> cells = new HashSet<>();
        for (Map<String, Object> panel : panels()) {
            Map<String, Object> place = Manifests.map(panel.get("gridPos"));
            for (int x = (int) place.get("x"); x < (int) place.get("x") + (int) place.get("w"); x++) {
                for (int y = (int) place.get("y"); y < (int) place.get("y") + (int) place.get("h"); y++) {
                    assertTrue(x < 24 && cells.add(x + "/" + y), () -> panel.get("title") + " lies over another");
                }
            }
        }
    }
}

package dev.hone.architecture;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** What a {@code pom.xml} itself says, without what it inherits. */
record Pom(String artifactId, List<String> modules, List<Dependency> dependencies) {

    /** @param scope {@code compile} where the pom says nothing */
    record Dependency(String groupId, String artifactId, String scope) {
        boolean isTest() {
            return scope.equals("test");
        }

        @Override
        public String toString() {
            return groupId + ":" + artifactId + " (" + scope + ")";
        }
    }

    static Pom read(Path file) {
        Document document;
        try {
            document = DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().parse(file.toFile());
        } catch (Exception e) {
            throw new AssertionError("Expected a readable pom at " + file + ", found " + e.getMessage(), e);
        }
        Element project = document.getDocumentElement();
        List<String> modules = children(project, "modules").stream()
                .flatMap(list -> children(list, "module").stream()).map(Pom::text).toList();
        List<Dependency> dependencies = children(project, "dependencies").stream()
                .flatMap(list -> children(list, "dependency").stream()).map(Pom::dependency).toList();
        return new Pom(value(project, "artifactId", ""), modules, dependencies);
    }

    private static Dependency dependency(Element element) {
        return new Dependency(value(element, "groupId", ""), value(element, "artifactId", ""), value(element, "scope", "compile"));
    }

    private static String value(Element parent, String name, String otherwise) {
        return children(parent, name).stream().map(Pom::text).findFirst().orElse(otherwise);
    }

    private static String text(Element element) {
        return element.getTextContent().strip();
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }
}

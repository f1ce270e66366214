package dev.hone.cli.console;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;

/** What {@code --json} prints: an object a line, told apart by {@code event}. */
public final class JsonEvents {
    private JsonEvents() {}

    public static ObjectNode event(String name) {
        return JsonNodeFactory.instance.objectNode().put("event", name);
    }

    /** At once, because another program may be waiting for it. */
    public static void print(PrintStream out, ObjectNode event) {
        out.println(event);
        out.flush();
    }
}

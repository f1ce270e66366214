package dev.hone.architecture;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The comments above messages and fields of a {@code .proto}: descriptors at run time do not have them. */
final class ProtoComments {
    private static final Pattern OPENS = Pattern.compile("^(?:message|enum|service)\\s+(\\w+)\\s*\\{(.*)$");
    private static final Pattern FIELD = Pattern.compile("^(?:optional |repeated )?(?:[\\w.]+|map<\\w+, [\\w.]+>) (\\w+) = \\d+.*");

    private ProtoComments() {}

    /** Comments by full name: {@code hone.v1.Deploy} and {@code hone.v1.Deploy.revision}. */
    static Map<String, String> all() {
        Map<String, String> found = new HashMap<>();
        Repository.filesBelow(Repository.file("proto/src/main/proto/hone"), ".proto").forEach(file -> read(Repository.read(file), found));
        return found;
    }

    private static void read(String proto, Map<String, String> found) {
        StringBuilder comment = new StringBuilder();
        String message = "";
        for (String line : proto.lines().map(String::strip).toList()) {
            Matcher opens = OPENS.matcher(line);
            Matcher field = FIELD.matcher(line);
            if (line.startsWith("//")) {
                comment.append(comment.isEmpty() ? "" : " ").append(line.substring(2).strip());
                continue;
            }
            if (opens.matches()) {
                message = "hone.v1." + opens.group(1);
                put(found, message, comment);
            } else if (field.matches()) {
                put(found, message + "." + field.group(1), comment);
            }
            comment.setLength(0);
        }
    }

    private static void put(Map<String, String> found, String name, CharSequence comment) {
        if (!comment.isEmpty()) {
            found.put(name, comment.toString());
        }
    }
}

package dev.hone.llm.text;

/**
 * Resolves Python's escapes (backslash n, t, r) inside the string literals of a template's tags. Jinja does it while it
 * reads a template; jinjava leaves them as two characters.
 */
final class JinjaEscapes {
    private JinjaEscapes() {}

    static String resolve(String template) {
        StringBuilder out = new StringBuilder(template.length());
        int at = 0;
        while (at < template.length()) {
            char c = template.charAt(at);
            if (c == '{' && at + 1 < template.length() && "{%".indexOf(template.charAt(at + 1)) >= 0) {
                at = tag(template, at, out);
            } else if (template.startsWith("{#", at)) {
                int end = template.indexOf("#}", at);
                int stop = end < 0 ? template.length() : end + 2;
                out.append(template, at, stop);
                at = stop;
            } else {
                out.append(c);
                at++;
            }
        }
        return out.toString();
    }

    private static int tag(String template, int start, StringBuilder out) {
        String close = template.charAt(start + 1) == '{' ? "}}" : "%}";
        char quote = 0;
        int at = start;
        while (at < template.length()) {
            char c = template.charAt(at);
            if (quote == 0 && template.startsWith(close, at)) {
                out.append(close);
                return at + 2;
            }
            if (quote != 0 && c == '\\' && at + 1 < template.length()) {
                out.append(escaped(template.charAt(at + 1)));
                at += 2;
                continue;
            }
            if (quote == 0 && (c == '\'' || c == '"')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            }
            out.append(c);
            at++;
        }
        return at;
    }

    private static String escaped(char c) {
        return switch (c) {
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'r' -> "\r";
            default -> "\\" + c;
        };
    }
}

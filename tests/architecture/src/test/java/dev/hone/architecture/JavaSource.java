package dev.hone.architecture;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A source file, read as text with its comments blanked. What text shows, and no more: a scan is a net with holes. */
record JavaSource(String path, String code) {
    private static final Pattern COMMENT_OR_STRING = Pattern.compile(
            "(?s)(\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])')|/\\*.*?\\*/|//[^\\n]*");
    private static final Pattern STRING = Pattern.compile("\"((?:\\\\.|[^\"\\\\\\n])*)\"");

    static JavaSource read(Path file) {
        return of(Repository.relative(file), Repository.read(file));
    }

    static JavaSource of(String path, String text) {
        Matcher matcher = COMMENT_OR_STRING.matcher(text);
        return new JavaSource(path, matcher.replaceAll(found -> found.group(1) == null ? " " : Matcher.quoteReplacement(found.group(1))));
    }

    static Stream<JavaSource> of(Module module) {
        return module.mainSources().stream().map(JavaSource::read);
    }

    List<String> stringLiterals() {
        return STRING.matcher(code).results().map(found -> found.group(1)).toList();
    }

    Stream<MatchResult> find(String regex) {
        return Pattern.compile(regex).matcher(code).results();
    }

    /** The text between the bracket that opens at {@code start} and the one that closes it. */
    String bracketed(int start) {
        int depth = 0;
        for (int i = start; i < code.length(); i++) {
            char c = code.charAt(i);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (depth == 0) {
                return code.substring(start + 1, i);
            }
        }
        return code.substring(start + 1);
    }
}

package dev.hone.llm.text;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.InterpretException;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model's chat template, executed as shipped. Transformers renders with trim_blocks and lstrip_blocks, so this does too.
 * Nested interpretation is off: a message that contains {@code {{ }}} is text, not template.
 */
final class ChatTemplate {
    private final Jinjava jinjava;
    private final String source;
    private final Map<String, Object> specialTokens;
    /** A context is written to while it renders, so each thread has its own. */
    private final ThreadLocal<Context> globals;

    /** @param specialTokens bos_token, eos_token and the like, as the template names them */
    ChatTemplate(String source, Map<String, String> specialTokens) {
        // Jinja drops the template's last line end while reading it; jinjava would drop the output's
        this.source = source.endsWith("\n") ? source.substring(0, source.length() - 1) : source;
        this.specialTokens = Map.copyOf(specialTokens);
        LegacyOverrides likeJinja = LegacyOverrides.newBuilder()
                .withEvaluateMapKeys(true)
                .withIterateOverMapKeys(true)
                .withUsePyishObjectMapper(true)
                .withUseNaturalOperatorPrecedence(true)
                .withParseWhitespaceControlStrictly(true)
                .withAllowAdjacentTextNodes(true)
                .withUseTrimmingForNotesAndExpressions(true)
                .withKeepNullableLoopValues(true)
                .withHandleBackslashInQuotesOnly(true)
                .build();
        jinjava = new Jinjava(JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withKeepTrailingNewline(true)
                .withNestedInterpretationEnabled(false)
                .withLegacyOverrides(likeJinja)
                .build());
        registerFunction("raise_exception", String.class);
        registerFunction("strftime_now", String.class);
        globals = ThreadLocal.withInitial(jinjava::getGlobalContextCopy);
    }

    private void registerFunction(String name, Class<?>... parameters) {
        jinjava.getGlobalContext().registerFunction(new ELFunctionDefinition("", name, Functions.class, name, parameters));
    }

    String render(List<ChatMessage> messages, boolean addGenerationPrompt) {
        Map<String, Object> bindings = new HashMap<>(specialTokens);
        bindings.put("messages", messages.stream().map(ChatTemplate::asMap).toList());
        bindings.put("add_generation_prompt", addGenerationPrompt);
        // Jinjava.render copies its global context, all filters and functions of it, on every call: ten times the rest of the work
        Context global = globals.get();
        JinjavaInterpreter interpreter = new JinjavaInterpreter(jinjava, new Context(global, bindings), jinjava.getGlobalConfig());
        JinjavaInterpreter.pushCurrent(interpreter);
        try {
            return checked(interpreter.render(source), interpreter.getErrorsCopy(), messages.size());
        } catch (InterpretException e) {
            throw failure(messages.size(), e.getMessage());
        } finally {
            JinjavaInterpreter.popCurrent();
            global.reset();
        }
    }

    private static String checked(String output, List<TemplateError> errors, int messages) {
        for (TemplateError error : errors) {
            if (error.getSeverity() == TemplateError.ErrorType.FATAL) {
                throw failure(messages, reason(error));
            }
        }
        return output;
    }

    private static ChatTemplateException failure(int messages, String reason) {
        return new ChatTemplateException("The model's chat template could not render " + messages + " messages: " + reason);
    }

    private static Map<String, Object> asMap(ChatMessage message) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("role", message.role());
        map.put("content", message.content());
        return map;
    }

    private static String reason(TemplateError error) {
        for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
            if (cause instanceof Raised raised) {
                return raised.getMessage();
            }
        }
        return error.getMessage() + " (line " + error.getLineno() + ")";
    }

    private static final class Raised extends RuntimeException {
        Raised(String message) {
            super(message);
        }
    }

    /** What Transformers offers to templates, under its names; public because the template engine calls by reflection. */
    public static final class Functions {
        private Functions() {}

        public static String raise_exception(String message) {
            throw new Raised(message);
        }

        /** Templates that print today's date use only these of C's conversions. */
        public static String strftime_now(String format) {
            String pattern = format.replace("%d", "dd").replace("%b", "MMM").replace("%B", "MMMM").replace("%Y", "yyyy").replace("%m", "MM");
            return LocalDateTime.now().format(DateTimeFormatter.ofPattern(pattern, java.util.Locale.ENGLISH));
        }
    }
}

package dev.hone.datasets.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.hone.llm.data.Row;
import dev.hone.llm.text.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rows of a better and a worse answer, as OpenAI, TRL, LLaMA-Factory and Anthropic's first such dataset write them. The
 * prompt stands by itself, or both answers are whole conversations that begin with it.
 */
final class PreferredAnswers {
    /** Turns of a conversation that is one text. */
    private static final Pattern TURN = Pattern.compile("(?:^|\\n\\n)(Human|Assistant):");

    private PreferredAnswers() {}

    static Row.Preference openAi(JsonNode row) throws RowRejected {
        JsonNode input = row.path("input");
        if (input.path("tools").size() > 0) {
            throw new RowRejected("unsupported_tools", "Expected a conversation without tools, found tool definitions, which cannot be trained on. Leave the row out.");
        }
        if (input.path("messages").isEmpty()) {
            throw new RowRejected("missing_messages_list", "Expected a list of messages under \"input\".\"messages\", found " + Conversations.kind(input.path("messages")) + ".");
        }
        return row(Conversations.messages(input.get("messages")), answer(row, "preferred_output"), answer(row, "non_preferred_output"));
    }

    static Row.Preference of(Shape.Preference shape, JsonNode row) throws RowRejected {
        List<ChatMessage> prompt = new ArrayList<>();
        RowInterpreter.optional(row, shape.system()).ifPresent(system -> prompt.add(new ChatMessage("system", system)));
        List<ChatMessage> chosen = answer(row, shape.chosen());
        List<ChatMessage> rejected = answer(row, shape.rejected());
        if (!chosen.getFirst().isAssistant() && !rejected.getFirst().isAssistant()) {
            return withCommonPrompt(prompt, chosen, rejected);
        }
        if (shape.prompt().isEmpty()) {
            throw new RowRejected("empty_prompt", "Expected whole conversations under \"" + shape.chosen() + "\" and \"" + shape.rejected()
                    + "\", as there is no key for the prompt, found answers alone. Say which key holds the prompt: prompt=KEY,chosen=" + shape.chosen() + ",rejected=" + shape.rejected() + ".");
        }
        prompt.addAll(prompt(shape, row));
        return row(prompt, chosen, rejected);
    }

    private static List<ChatMessage> prompt(Shape.Preference shape, JsonNode row) throws RowRejected {
        JsonNode prompt = row.path(shape.prompt());
        if (prompt.isArray() && !prompt.isEmpty()) {
            return Conversations.messages(prompt);
        }
        String asked = RowInterpreter.stripped(prompt, shape.prompt(), "empty_prompt");
        Optional<String> input = RowInterpreter.optional(row, shape.input());
        return List.of(new ChatMessage("user", input.map(more -> asked + "\n" + more).orElse(asked)));
    }

    /** An answer, or a whole conversation that ends with one. */
    private static List<ChatMessage> answer(JsonNode row, String key) throws RowRejected {
        JsonNode value = row.path(key);
        if (value.isArray() && !value.isEmpty()) {
            return Conversations.messages(value);
        }
        if (value.isObject()) {
            return Conversations.messages(JsonNodeFactory.instance.arrayNode().add(value));
        }
        String text = RowInterpreter.stripped(value, key, "empty_completion");
        return text.startsWith("Human:") ? transcript(text) : List.of(new ChatMessage(ChatMessage.ASSISTANT, text));
    }

    private static List<ChatMessage> transcript(String text) {
        List<ChatMessage> messages = new ArrayList<>();
        Matcher turn = TURN.matcher(text);
        String role = "";
        int begin = 0;
        while (turn.find()) {
            add(messages, role, text.substring(begin, turn.start()));
            role = turn.group(1).equals("Human") ? "user" : ChatMessage.ASSISTANT;
            begin = turn.end();
        }
        add(messages, role, text.substring(begin));
        return messages;
    }

    private static void add(List<ChatMessage> messages, String role, String content) {
        if (!role.isEmpty()) {
            messages.add(new ChatMessage(role, content.strip()));
        }
    }

    private static Row.Preference withCommonPrompt(List<ChatMessage> prompt, List<ChatMessage> chosen, List<ChatMessage> rejected) throws RowRejected {
        int common = 0;
        while (common < Math.min(chosen.size(), rejected.size()) && chosen.get(common).equals(rejected.get(common))) {
            common++;
        }
        if (common == chosen.size() && common == rejected.size()) {
            throw new RowRejected("identical_pair", "Expected a better and a worse answer, found the same conversation twice. Leave the row out.");
        }
        prompt.addAll(chosen.subList(0, common));
        return row(prompt, chosen.subList(common, chosen.size()), rejected.subList(common, rejected.size()));
    }

    private static Row.Preference row(List<ChatMessage> prompt, List<ChatMessage> chosen, List<ChatMessage> rejected) throws RowRejected {
        requireAnswer(chosen, "better");
        requireAnswer(rejected, "worse");
        if (prompt.isEmpty()) {
            throw new RowRejected("different_prompts", "Expected both conversations to begin with the same messages, found different ones from the first on. Leave the row out.");
        }
        return new Row.Preference(prompt.stream().map(message -> new ChatMessage(message.role(), message.content())).toList(), chosen, rejected);
    }

    private static void requireAnswer(List<ChatMessage> messages, String which) throws RowRejected {
        if (messages.isEmpty()) {
            throw new RowRejected("empty_completion", "Expected a " + which + " answer, found the conversation end before it.");
        }
        RowChecker.requireAnswer(messages, "message of the " + which + " answer");
        if (!messages.getFirst().isAssistant()) {
            throw new RowRejected("different_prompts", "Expected two answers to the same messages, found the " + which + " one begin with one of the "
                    + messages.getFirst().role() + ". Leave the row out.");
        }
        if (messages.stream().anyMatch(message -> message.weight() == 0)) {
            throw new RowRejected("unsupported_weight", "Expected no weight 0 in the " + which + " answer, as pairs are learned from as a whole. Leave the weight out.");
        }
    }
}

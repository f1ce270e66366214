package dev.hone.serving.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.generate.Sampling;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Format;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.openai.Choices.Choice;
import dev.hone.serving.request.Fields;
import dev.hone.serving.request.FormatFields;
import dev.hone.serving.request.SamplingFields;
import java.util.ArrayList;
import java.util.List;

/**
 * What requests of OpenAI's form ask.
 *
 * @param mostTokens of an answer, whatever a request asks for
 */
record Requests(int mostTokens) {
    private static final int MOST_CHOICES = 128;
    private static final int MOST_PROMPTS = 2048;
    private static final int MOST_LOGPROBS = 20;
    /** OpenAI's, where it says nothing of an end but the context's. */
    private static final int COMPLETION_TOKENS = 16;

    List<Choice> chat(Fields fields, Caller caller) throws Refusal {
        Unsupported.refuse(fields);
        int top = fields.integer("top_logprobs", 0, 0, MOST_LOGPROBS);
        if (top > 0 && !fields.flag("logprobs")) {
            throw Fields.invalid("top_logprobs", "Expected logprobs to be true where top_logprobs is given, found false.");
        }
        Question question = question(fields, caller, new Prompt.Chat(Conversation.read(fields)), new SamplingFields(1, mostTokens, mostTokens).read(fields),
                fields.flag("logprobs") ? top : -1, false);
        return choices(List.of(question), fields.integer("n", 1, 1, MOST_CHOICES));
    }

    List<Choice> completions(Fields fields, Caller caller) throws Refusal {
        Unsupported.refuse(fields);
        int n = fields.integer("n", 1, 1, MOST_CHOICES);
        if (fields.integer("best_of", n, 1, MOST_CHOICES) != n) {
            throw Fields.invalid("best_of", "Expected best_of to be n (" + n + "), as all answers that are made are given; found " + fields.node("best_of") + ".");
        }
        boolean echo = fields.flag("echo");
        int logprobs = fields.integer("logprobs", -1, -1, MOST_LOGPROBS);
        Sampling sampling = new SamplingFields(1, COMPLETION_TOKENS, mostTokens).read(fields);
        if (sampling.maxTokens() == 0 && !echo) {
            throw Fields.invalid("max_tokens", "Expected at least 1 token to make, or echo, found 0.");
        }
        List<Question> questions = new ArrayList<>();
        for (Prompt prompt : prompts(fields, "prompt")) {
            // what the prompt's tokens say in words is told with their log-probabilities only
            boolean tokensTold = echo && (logprobs >= 0 || prompt instanceof Prompt.Tokens);
            questions.add(question(fields, caller, prompt, sampling, tokensTold ? Math.max(0, logprobs) : logprobs, tokensTold));
        }
        return choices(questions, n);
    }

    private static Question question(Fields fields, Caller caller, Prompt prompt, Sampling sampling, int logprobs, boolean echo) throws Refusal {
        Format format = FormatFields.read(fields);
        return new Question(caller, fields.requiredText("model"), Conversation.name(fields), prompt, sampling, format, logprobs, echo, Long.MAX_VALUE);
    }

    /** Choices of one prompt draw from seeds that follow one another. */
    private static List<Choice> choices(List<Question> questions, int n) {
        List<Choice> choices = new ArrayList<>();
        for (Question question : questions) {
            for (int i = 0; i < n; i++) {
                choices.add(new Choice(choices.size(), i == 0 ? question : reseeded(question, i)));
            }
        }
        return choices;
    }

    private static Question reseeded(Question question, int by) {
        Sampling s = question.sampling();
        Sampling sampling = new Sampling(s.temperature(), s.topK(), s.topP(), s.minP(), s.penalties(), s.logitBias(), s.seed() + by, s.maxTokens(), s.stop());
        return new Question(question.caller(), question.model(), question.conversation(), question.prompt(), sampling, question.format(),
                question.logprobs(), question.echo(), question.deadlineNanos());
    }

    /** A string, strings, a list of token ids, or lists of them. */
    static List<Prompt> prompts(Fields fields, String name) throws Refusal {
        JsonNode value = fields.node(name);
        List<Prompt> prompts = new ArrayList<>();
        if (value.isArray() && !value.isEmpty() && value.get(0).isIntegralNumber()) {
            prompts.add(tokens(value, name));
        } else if (value.isArray()) {
            for (JsonNode one : value) {
                prompts.add(prompt(one, name));
            }
        } else {
            prompts.add(prompt(value, name));
        }
        if (prompts.isEmpty() || prompts.size() > MOST_PROMPTS) {
            throw Fields.invalid(name, "Expected 1 to " + MOST_PROMPTS + " texts in \"" + name + "\", found " + prompts.size() + ".");
        }
        return prompts;
    }

    private static Prompt prompt(JsonNode value, String name) throws Refusal {
        if (value.isTextual()) {
            return new Prompt.Text(value.textValue());
        }
        if (value.isArray()) {
            return tokens(value, name);
        }
        throw Fields.invalid(name, "Expected a string, a list of strings, a list of token ids or a list of such lists in \"" + name + "\", found "
                + (value.isMissingNode() ? "nothing" : value.getNodeType()) + ".");
    }

    private static Prompt tokens(JsonNode ids, String name) throws Refusal {
        int[] tokens = new int[ids.size()];
        for (int i = 0; i < tokens.length; i++) {
            if (!ids.get(i).canConvertToInt() || ids.get(i).intValue() < 0) {
                throw Fields.invalid(name, "Expected token ids of 0 or more in \"" + name + "\", found " + ids.get(i) + ".");
            }
            tokens[i] = ids.get(i).intValue();
        }
        return new Prompt.Tokens(tokens);
    }
}

package dev.hone.serving.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.serving.access.Guard;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.request.Batch;
import dev.hone.serving.request.Fields;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** {@code /v1/embeddings}. */
final class Embeddings {
    private Embeddings() {}

    static void ask(Guard guard, Exchange exchange, Fields fields, Caller caller) throws Refusal {
        Unsupported.refuse(fields);
        String model = fields.requiredText("model");
        String encoding = fields.text("encoding_format").orElse("float");
        if (!encoding.equals("float") && !encoding.equals("base64")) {
            throw Fields.invalid("encoding_format", "Expected an encoding_format of float or base64, found \"" + encoding + "\".");
        }
        List<Prompt> texts = Requests.prompts(fields, "input");
        CompletableFuture<List<Answers.Embedding>> vectors = Batch.each(texts, text -> guard.embed(caller, model, text, Long.MAX_VALUE));
        exchange.whenGone(() -> vectors.cancel(true));
        exchange.reply(vectors.thenApply(all -> body(model, all, encoding.equals("base64"))));
    }

    private static ObjectNode body(String model, List<Answers.Embedding> all, boolean base64) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("object", "list").put("model", model);
        ArrayNode data = body.putArray("data");
        for (Answers.Embedding one : all) {
            ObjectNode vector = data.addObject().put("object", "embedding").put("index", data.size() - 1);
            if (base64) {
                vector.put("embedding", base64(one.vector()));
            } else {
                ArrayNode values = vector.putArray("embedding");
                for (float value : one.vector()) {
                    values.add(value);
                }
            }
        }
        int tokens = all.stream().mapToInt(Answers.Embedding::tokens).sum();
        body.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
        return body;
    }

    /** Little-endian floats, as OpenAI's clients read them. */
    static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}

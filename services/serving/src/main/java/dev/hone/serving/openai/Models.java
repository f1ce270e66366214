package dev.hone.serving.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.serving.answer.Refusal;
import dev.hone.v1.ServedModel;
import java.util.List;

/** {@code /v1/models}: OpenAI's fields, vLLM's {@code max_model_len}, and what else a registry knows. */
final class Models {
    private Models() {}

    static ObjectNode list(List<ServedModel> models) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("object", "list");
        ArrayNode data = body.putArray("data");
        models.forEach(model -> data.add(model(model)));
        return body;
    }

    static ObjectNode one(List<ServedModel> models, String name) throws Refusal {
        return model(models.stream().filter(model -> model.getName().equals(name)).findFirst().orElseThrow(() -> new Refusal(Refusal.Code.NOT_FOUND,
                "Model \"" + name + "\" is not deployed. Deployed are: " + String.join(", ", models.stream().map(ServedModel::getName).sorted().toList()) + ".", "model")));
    }

    private static ObjectNode model(ServedModel model) {
        return JsonNodeFactory.instance.objectNode().put("id", model.getName()).put("object", "model").put("created", 0).put("owned_by", "hone")
                .put("max_model_len", model.getContextLength()).put("revision", model.getRevision()).put("base_model", model.getBaseModel()).put("state", model.getState());
    }
}

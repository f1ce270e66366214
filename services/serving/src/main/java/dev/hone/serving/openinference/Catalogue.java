package dev.hone.serving.openinference;

import dev.hone.openinference.ModelMetadataResponse;
import dev.hone.openinference.ModelMetadataResponse.TensorMetadata;
import dev.hone.serving.answer.Refusal;
import dev.hone.v1.ServedModel;
import dev.hone.v1.ServedRevision;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What is deployed, as models with versions: a version is a revision. */
record Catalogue(List<ServedModel> models) {
    private static final String SERVING = "serving";

    /** @param version empty: any */
    boolean isReady(String name, String version) {
        return find(name).filter(model -> version.isEmpty() ? !model.getRevision().isEmpty() && !model.getState().equals("loading") : versions(model).contains(version)).isPresent();
    }

    ModelMetadataResponse metadata(String name, String version) throws Refusal {
        ServedModel model = require(name, version);
        return ModelMetadataResponse.newBuilder().setName(name).addAllVersions(versions(model)).setPlatform("hone")
                .addInputs(tensor(Inferences.TEXT_INPUT, Tensors.BYTES, -1)).addInputs(tensor("sampling_parameters", Tensors.BYTES, 1))
                .addInputs(tensor("exclude_input_in_output", Tensors.BOOL, 1))
                .addOutputs(tensor("text_output", Tensors.BYTES, -1)).addOutputs(tensor("answer_id", Tensors.BYTES, -1))
                .addOutputs(tensor("finish_reason", Tensors.BYTES, -1)).build();
    }

    ServedModel require(String name, String version) throws Refusal {
        ServedModel model = find(name).orElseThrow(() -> new Refusal(Refusal.Code.NOT_FOUND, "Model \"" + name + "\" is not deployed. Deployed are: "
                + String.join(", ", models.stream().map(ServedModel::getName).sorted().toList()) + ".", "model_name"));
        if (!version.isEmpty() && !versions(model).contains(version)) {
            throw new Refusal(Refusal.Code.NOT_FOUND, "Model \"" + name + "\" has no version \"" + version + "\" here. It has: " + String.join(", ", versions(model)) + ".", "model_version");
        }
        return model;
    }

    private Optional<ServedModel> find(String name) {
        return models.stream().filter(model -> model.getName().equals(name)).findFirst();
    }

    private static List<String> versions(ServedModel model) {
        return Stream.concat(Stream.of(model.getRevision()), model.getRevisionsList().stream().filter(revision -> revision.getState().equals(SERVING)).map(ServedRevision::getRevision))
                .filter(revision -> !revision.isEmpty()).distinct().toList();
    }

    private static TensorMetadata tensor(String name, String datatype, long size) {
        return TensorMetadata.newBuilder().setName(name).setDatatype(datatype).addShape(size).build();
    }
}

package dev.hone.serving.registry;

import dev.hone.llm.engine.LoadedModel;
import dev.hone.serving.answer.Refusal;
import dev.hone.v1.ServedModel;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;

/** What is told of names: to ListModels, and to those who ask for one that does not answer. */
final class Listing {
    private Listing() {}

    static ServedModel of(Name name) {
        Revision revision = name.answering() == null ? name.stable().revision() : name.answering().revision();
        ServedModel.Builder model = ServedModel.newBuilder().setName(revision.model()).setRevision(revision.label())
                .setBaseModel(revision.parts().getBaseModel()).setScheme(revision.parts().getScheme())
                .setState(name.stable().state().word()).setMessage(name.stable().message());
        if (name.answering() != null) {
            LoadedModel loaded = name.answering().loaded().model();
            model.setParameters(loaded.parameters()).setContextLength(loaded.contextLength());
        }
        boolean swapping = name.answering() != null && name.answering() != name.stable().serving();
        if (swapping) {
            model.addRevisions(answering(name.answering()).setRole("stable").setPercent(100 - name.percent()));
        }
        model.addRevisions(slot(name.stable()).setRole(swapping ? "next" : "stable").setPercent(swapping || name.answering() == null ? 0 : 100 - name.percent()));
        name.candidate().ifPresent(slot -> model.addRevisions(candidate(name, slot)));
        name.previous().ifPresent(previous -> model.addRevisions(described(previous).setRole("previous").setState("idle")));
        return model.build();
    }

    private static dev.hone.v1.ServedRevision.Builder candidate(Name name, Slot slot) {
        dev.hone.v1.ServedRevision.Builder candidate = slot(slot).setRole("candidate").setPercent(name.percent()).setShadowPercent(name.shadowPercent());
        name.trialFailure().ifPresent(reason -> candidate.setState(Slot.State.FAILED.word()).setMessage(reason));
        return candidate;
    }

    private static dev.hone.v1.ServedRevision.Builder slot(Slot slot) {
        dev.hone.v1.ServedRevision.Builder revision = slot.serving() == null ? described(slot.revision()) : answering(slot.serving());
        return revision.setWeights(slot.weights().word()).setState(slot.state().word()).setMessage(slot.message());
    }

    private static dev.hone.v1.ServedRevision.Builder answering(ServedRevision served) {
        return described(served.revision()).setWeights(served.weights().word()).setState(Slot.State.SERVING.word())
                .setAdapterLoaded(served.loaded().isAdapterLoaded());
    }

    private static dev.hone.v1.ServedRevision.Builder described(Revision revision) {
        return dev.hone.v1.ServedRevision.newBuilder().setRevision(revision.label()).setServeAs(Optional.of(revision.parts().getServeAs())
                        .filter(as -> !as.isEmpty()).orElse("stored")).setBaseModel(revision.parts().getBaseModel())
                .setAdapter(revision.parts().getAdapter().getManifest()).setPinned(revision.parts().getPinned());
    }

    /** Why nothing answers to a name. @param name what is known of it @param all names, for those that do answer @param replayed whether the topic was read to its end */
    static Refusal refusal(String model, Optional<Name> name, Collection<Name> all, boolean replayed) {
        if (name.isPresent() && name.get().stable().isLoading()) {
            return new Refusal(Refusal.Code.UNAVAILABLE, "Model \"" + model + "\" is still being loaded. Try again in a moment.");
        }
        if (!replayed) {
            return new Refusal(Refusal.Code.UNAVAILABLE, "The registry of models is still being read. Try again in a moment.");
        }
        if (name.isPresent()) {
            return new Refusal(Refusal.Code.NOT_FOUND, "Model \"" + model + "\" could not be loaded in revision " + name.get().deploy().getRevision() + ": " + name.get().stable().message(), "model");
        }
        String answering = all.stream().filter(one -> one.answering() != null).map(one -> one.deploy().getModelName()).collect(Collectors.joining(", "));
        return new Refusal(Refusal.Code.NOT_FOUND, "No model is deployed under the name \"" + model + "\". Deployed are: " + (answering.isEmpty() ? "none" : answering) + ".", "model");
    }
}

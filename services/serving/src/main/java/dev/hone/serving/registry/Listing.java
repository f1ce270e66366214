package dev.hone.serving.registry;

import dev.hone.llm.engine.LoadedModel;
import dev.hone.v1.ServedModel;
import java.util.Optional;

/** A name as ListModels tells it. */
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
}

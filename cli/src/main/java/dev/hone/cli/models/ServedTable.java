package dev.hone.cli.models;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Table;
import dev.hone.v1.ServedModel;
import dev.hone.v1.ServedRevision;
import java.util.List;

/** What answers, revision by revision. */
final class ServedTable {
    private ServedTable() {}

    static List<String> of(List<ServedModel> models) {
        if (models.isEmpty()) {
            return List.of("No model is deployed yet.");
        }
        Table table = Table.ofText("answers", "revision", "traffic", "base", "weights", "parameters", "context", "state");
        for (ServedModel model : models) {
            if (model.getRevisionsCount() == 0) {
                table.row(model.getName(), model.getRevision(), "100 %", model.getBaseModel(), model.getScheme(), Figures.whole(model.getParameters()), Figures.whole(model.getContextLength()),
                        state(model.getState(), model.getMessage()));
            }
            model.getRevisionsList().forEach(revision -> table.row(model.getName(), revision.getRevision(), traffic(revision), revision.getBaseModel(), weights(revision, model),
                    Figures.whole(model.getParameters()), Figures.whole(model.getContextLength()), state(revision.getState(), revision.getMessage())));
        }
        return table.lines();
    }

    /** 90 %, 10 % on trial, copies of 5 %, previous. */
    private static String traffic(ServedRevision revision) {
        return switch (revision.getRole()) {
            case "candidate" -> "trial: " + revision.getPercent() + " %" + (revision.getShadowPercent() > 0 ? ", copies of " + revision.getShadowPercent() + " %" : "");
            case "stable" -> revision.getPercent() + " %";
            default -> revision.getRole();
        };
    }

    private static String weights(ServedRevision revision, ServedModel model) {
        String type = revision.getServeAs().isEmpty() || revision.getServeAs().equals("stored") ? model.getScheme() : revision.getServeAs();
        String adapter = revision.getAdapter().isEmpty() ? "" : revision.getWeights() + " adapter" + (revision.getPinned() ? ", pinned" : "");
        return adapter.isEmpty() ? type : type.isEmpty() ? adapter : type + ", " + adapter;
    }

    private static String state(String state, String message) {
        return message.isEmpty() ? state : state + ": " + message;
    }
}

package dev.hone.serving.registry;

import java.util.Locale;

/** A place in a name's wanted state, and what has become of it. Guarded by the registry. */
final class Slot {
    /** In the words of ListModels. */
    enum State {
        LOADING, SERVING, FAILED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Revision revision;
    private final Weights weights;
    private ServedRevision serving;
    private State state = State.LOADING;
    private String message = "";

    Slot(Revision revision, Weights weights) {
        this.revision = revision;
        this.weights = weights;
    }

    Revision revision() {
        return revision;
    }

    Weights weights() {
        return weights;
    }

    /** Null until it is loaded. */
    ServedRevision serving() {
        return serving;
    }

    State state() {
        return state;
    }

    String message() {
        return message;
    }

    boolean isLoading() {
        return state == State.LOADING;
    }

    boolean wants(Revision wanted, Weights in) {
        return revision.equals(wanted) && weights == in;
    }

    void serve(ServedRevision loaded) {
        serving = loaded;
        state = State.SERVING;
        message = "";
    }

    void waits(String reason) {
        message = reason;
    }

    void fail(String reason) {
        state = State.FAILED;
        message = reason;
    }
}

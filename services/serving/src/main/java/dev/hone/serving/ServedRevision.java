package dev.hone.serving;

import dev.hone.v1.Deploy;

/**
 * A loaded revision and the answers being made with it. It is closed when it has been replaced and the last of them is
 * done, so that a swap fails no request.
 */
final class ServedRevision {
    private final Deploy deploy;
    private final TextModel model;
    private final Runnable onDrained;
    private int users;
    private boolean retired;

    /** @param onDrained runs once, when the revision is retired and unused; it closes the model */
    ServedRevision(Deploy deploy, TextModel model, Runnable onDrained) {
        this.deploy = deploy;
        this.model = model;
        this.onDrained = onDrained;
    }

    Deploy deploy() {
        return deploy;
    }

    TextModel model() {
        return model;
    }

    /** Holds the model open until the lease is closed. */
    synchronized Lease lease() {
        if (retired) {
            throw new IllegalStateException("a retired revision is leased to nobody");
        }
        users++;
        return new Lease(this);
    }

    /** No new answers from here on. */
    void retire() {
        boolean drained;
        synchronized (this) {
            if (retired) {
                return;
            }
            retired = true;
            drained = users == 0;
        }
        if (drained) {
            onDrained.run();
        }
    }

    private void release() {
        boolean drained;
        synchronized (this) {
            users--;
            drained = retired && users == 0;
        }
        if (drained) {
            onDrained.run();
        }
    }

    /** One answer's hold on a revision. */
    static final class Lease implements AutoCloseable {
        private final ServedRevision revision;
        private boolean closed;

        private Lease(ServedRevision revision) {
            this.revision = revision;
        }

        Deploy deploy() {
            return revision.deploy;
        }

        TextModel model() {
            return revision.model;
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                revision.release();
            }
        }
    }
}

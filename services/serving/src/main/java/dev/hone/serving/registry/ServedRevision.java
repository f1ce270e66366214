package dev.hone.serving.registry;

/**
 * A loaded revision and the answers being made with it. It is closed when it has been replaced and the last of them is
 * done, so that a swap fails no request.
 */
final class ServedRevision {
    private final Revision revision;
    private final Weights weights;
    private final RevisionLoader.Loaded loaded;
    private final Runnable onDrained;
    private int users;
    private boolean retired;

    /** @param onDrained runs once, when the revision is retired and unused; it closes what was loaded */
    ServedRevision(Revision revision, Weights weights, RevisionLoader.Loaded loaded, Runnable onDrained) {
        this.revision = revision;
        this.weights = weights;
        this.loaded = loaded;
        this.onDrained = onDrained;
    }

    Revision revision() {
        return revision;
    }

    Weights weights() {
        return weights;
    }

    RevisionLoader.Loaded loaded() {
        return loaded;
    }

    /** Whether it is just this, held in just this way. */
    boolean is(Revision wanted, Weights in) {
        return revision.equals(wanted) && weights == in;
    }

    /** Holds the revision open until the lease is closed. */
    synchronized Lease lease() {
        if (retired) {
            throw new IllegalStateException("a retired revision is leased to nobody");
        }
        users++;
        return new Lease(revision, loaded, this::release);
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
}

package dev.hone.serving;

import dev.hone.v1.Deploy;
import java.io.IOException;

/** Brings what a deploy event names into memory. */
interface ModelLoader {
    /**
     * @throws IOException      when the store cannot be reached: the same call may succeed later
     * @throws RuntimeException when there is no such model, or it cannot be run: the sentence says why
     */
    TextModel load(Deploy deploy) throws IOException;

    /** Called when nothing serves this artifact any more. */
    void forget(Deploy deploy);
}

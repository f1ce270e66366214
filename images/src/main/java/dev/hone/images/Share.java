package dev.hone.images;

/** Who shares a file with whom, which decides its layer. In the order of the layers: what changes least lies lowest. */
enum Share {
    /** The engine's native libraries: the same for every service that computes, until the engine's version changes. */
    ENGINE,
    /** The tokenizer's native library: the same for all services. */
    TOKENIZER,
    /** Jars of others that all services have. */
    COMMON_LIBRARIES,
    /** Jars of others that some services have; those with the same ones share the layer. */
    OTHER_LIBRARIES,
    /** Hone's own libraries. */
    HONE,
    /** The service itself, and the folders it writes to. */
    SERVICE
}

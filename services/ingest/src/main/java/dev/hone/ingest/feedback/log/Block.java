package dev.hone.ingest.feedback.log;


/**
 * Where one model's events lie in a segment, and how many of them matter.
 *
 * @param from    first byte, counted from the segment's begin
 * @param length  in bytes
 * @param oldest  when its oldest correction was given, in milliseconds since 1970; {@link Long#MAX_VALUE} without one
 */
record Block(long from, int length, int corrections, int liked, int bad, long oldest) {

    boolean isOfUse() {
        return corrections + liked > 0;
    }
}

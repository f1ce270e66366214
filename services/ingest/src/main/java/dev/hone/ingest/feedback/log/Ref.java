package dev.hone.ingest.feedback.log;

/**
 * Events of one model that lie in one segment and were not used up.
 *
 * @param segment first offset of the segment
 * @param from    first byte, counted from the segment's begin
 * @param length  in bytes
 * @param oldest  when its oldest correction was given, in milliseconds since 1970; {@link Long#MAX_VALUE} without one
 */
public record Ref(long segment, long from, int length, int corrections, int liked, int bad, long oldest) {

    static Ref of(long segment, Block block) {
        return new Ref(segment, block.from(), block.length(), block.corrections(), block.liked(), block.bad(), block.oldest());
    }

    /** How many are worth a row of a dataset. */
    public int useful() {
        return corrections + liked;
    }

    /** The same place with fewer that count: the others were said before. */
    public Ref counting(int corrections, int liked, long oldest) {
        return new Ref(segment, from, length, corrections, liked, bad, oldest);
    }
}

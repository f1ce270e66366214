package dev.hone.cli.chaos.fault;

/** What becomes of connections that pass a {@link TcpProxy}. */
public enum Weather {
    CLEAR,
    /** Open ones are reset, new ones too. */
    CUT,
    /** They stay open, and nothing passes. */
    STALL,
    /** Everything passes late. */
    DELAY,
    /** Requests of S3 that write are refused as a full store does. */
    FULL
}

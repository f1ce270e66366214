package dev.hone.datasets.read;

/**
 * Follows the quotes of one CSV record (RFC 4180, section 2) through its lines, to tell where the record ends and
 * whether it can be one. It works on bytes: quote and separator are ASCII, and UTF-8 uses no ASCII inside a character.
 */
final class QuoteScan {
    enum State { CLOSED, OPEN, BROKEN }

    private enum At { FIELD_START, UNQUOTED, QUOTED, AFTER_QUOTE }

    private final byte separator;
    private At at = At.FIELD_START;
    private int column;

    QuoteScan(char separator) {
        this.separator = (byte) separator;
    }

    /** @return OPEN when the next line still belongs to a quoted field, BROKEN when text follows a closing quote */
    State line(byte[] line) {
        column = 0;
        for (byte b : line) {
            column++;
            if (at == At.AFTER_QUOTE && b != '"' && b != separator) {
                return State.BROKEN;
            }
            at = next(b);
        }
        return at == At.QUOTED ? State.OPEN : State.CLOSED;
    }

    private At next(byte b) {
        return switch (at) {
            case FIELD_START, UNQUOTED -> b == separator ? At.FIELD_START
                    : b == '"' && at == At.FIELD_START ? At.QUOTED : At.UNQUOTED;
            case QUOTED -> b == '"' ? At.AFTER_QUOTE : At.QUOTED;
            case AFTER_QUOTE -> b == '"' ? At.QUOTED : At.FIELD_START;
        };
    }

    /** Bytes read of the last line. */
    int column() {
        return column;
    }
}

package dev.hone.datasets.read;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Strict decoding: {@code new String} would put U+FFFD where the sender's text was. */
final class Utf8 {
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT);

    /** @param column of the first byte that is not UTF-8, in characters from 1 */
    static final class BadBytes extends Exception {
        final int column;
        final int value;

        BadBytes(int column, int value) {
            super("byte 0x%02X is not UTF-8".formatted(value));
            this.column = column;
            this.value = value;
        }

        Problem at(Place place) {
            return Problem.error(place.at(column), "bad_utf8", ("Expected text in UTF-8, found byte 0x%02X that is none. "
                    + "The file may be in another encoding: convert it, for example with iconv -t UTF-8.").formatted(value));
        }
    }

    String decode(byte[] bytes) throws BadBytes {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        decoder.reset();
        if (decoder.decode(in, out, true).isError() || decoder.flush(out).isError()) {
            throw new BadBytes(out.position() + 1, bytes[in.position()] & 0xFF);
        }
        return out.flip().toString();
    }
}

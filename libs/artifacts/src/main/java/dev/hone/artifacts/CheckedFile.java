package dev.hone.artifacts;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/** A committed file on its way: its end is only reached if it was what the manifest says. */
final class CheckedFile extends FilterInputStream {
    private final String key;
    private final Manifest.FileEntry entry;
    private final MessageDigest digest = Hashes.digest();
    private boolean ended;

    CheckedFile(InputStream in, String key, Manifest.FileEntry entry) {
        super(in);
        this.key = key;
        this.entry = entry;
    }

    static CorruptArtifact another(String key, Manifest.FileEntry entry) {
        return new CorruptArtifact("The object " + key + " is not what its manifest says: expected " + entry.size() + " bytes with SHA-256 " + entry.sha256() + ".");
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        int count = read(one, 0, 1);
        return count < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int count = in.read(target, offset, length);
        if (count > 0) {
            digest.update(target, offset, count);
        } else if (count < 0) {
            end();
        }
        return count;
    }

    private void end() {
        if (!ended && !HexFormat.of().formatHex(digest.digest()).equals(entry.sha256())) {
            throw another(key, entry);
        }
        ended = true;
    }

    /** What is passed over counts, too. */
    @Override
    public long skip(long count) throws IOException {
        byte[] passed = new byte[(int) Math.min(8192, Math.max(1, count))];
        return count <= 0 ? 0 : Math.max(0, read(passed, 0, passed.length));
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}

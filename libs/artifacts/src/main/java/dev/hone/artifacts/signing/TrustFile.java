package dev.hone.artifacts.signing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trusted keys as they are on disk now: a key that is added or taken away counts from the next manifest on, without a
 * restart. What cannot be read later on (a file half written) changes nothing. Safe for use by several threads.
 */
final class TrustFile {
    private static final Logger LOG = LoggerFactory.getLogger(TrustFile.class);

    private final Path place;
    private volatile Read last;

    /** @param state names, times and sizes of the files */
    private record Read(List<String> state, TrustedKeys keys) {}

    /** @throws IllegalArgumentException when there are no keys */
    TrustFile(Path place) {
        this.place = place;
        this.last = new Read(state(), TrustedKeys.read(place));
    }

    TrustedKeys keys() {
        List<String> now = state();
        if (!now.equals(last.state())) {
            last = new Read(now, readOr(last.keys()));
        }
        return last.keys();
    }

    private TrustedKeys readOr(TrustedKeys before) {
        try {
            TrustedKeys keys = TrustedKeys.read(place);
            LOG.info("trusted keys changed place={} keys={}", place, keys.labels());
            return keys;
        } catch (IllegalArgumentException | UncheckedIOException e) {
            LOG.error("trusted keys could not be read again, the ones before still count place={} reason={}", place, e.getMessage());
            return before;
        }
    }

    private List<String> state() {
        try {
            List<String> state = new ArrayList<>();
            for (Path file : TrustedKeys.files(place)) {
                state.add(file + " " + Files.getLastModifiedTime(file) + " " + Files.size(file));
            }
            return state;
        } catch (IOException | UncheckedIOException e) {
            return List.of("unreadable");
        }
    }
}

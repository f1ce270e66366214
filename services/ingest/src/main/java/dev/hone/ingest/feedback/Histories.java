package dev.hone.ingest.feedback;

import dev.hone.ingest.feedback.log.Objects;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Models' histories, those used last kept in memory. A history costs a listing and an object per dataset version to read. */
final class Histories {
    /** About 40 MB. */
    private static final int MOST_IDS = 500_000;

    private final Objects objects;
    private final Map<String, History> inOrderOfUse = new LinkedHashMap<>(16, 0.75f, true);

    Histories(Objects objects) {
        this.objects = objects;
    }

    History of(String model) throws IOException {
        History history = inOrderOfUse.get(model);
        if (history == null) {
            history = History.of(objects, model);
            inOrderOfUse.put(model, history);
            shrink(model);
        }
        return history;
    }

    private void shrink(String keep) {
        long all = inOrderOfUse.values().stream().mapToLong(History::size).sum();
        for (Iterator<Map.Entry<String, History>> entries = inOrderOfUse.entrySet().iterator(); all > MOST_IDS && entries.hasNext();) {
            Map.Entry<String, History> oldest = entries.next();
            if (!oldest.getKey().equals(keep)) {
                all -= oldest.getValue().size();
                entries.remove();
            }
        }
    }

    /** Another process has written to it. */
    void forget(String model) {
        inOrderOfUse.remove(model);
    }

    /** An event in an object of its own. */
    Said former(String key) throws IOException {
        return Said.fromJson(new String(objects.read(key).orElseThrow(() -> new IOException("the object " + key + " went away while it was read")), StandardCharsets.UTF_8));
    }
}

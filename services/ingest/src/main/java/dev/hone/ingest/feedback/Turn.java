package dev.hone.ingest.feedback;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * One turn of the loop: the dataset that grew, the dataset it became, and the feedback that went into it.
 *
 * @param parent   key of the parent's manifest
 * @param eventIds of all feedback used up, sorted
 */
record Turn(@JsonProperty("dataset_id") String datasetId, String manifest, String parent, @JsonProperty("event_ids") List<String> eventIds) {
    /** In the dataset's directory. */
    static final String FILE = "feedback.json";

    Turn {
        eventIds = eventIds.stream().sorted().toList();
    }
}

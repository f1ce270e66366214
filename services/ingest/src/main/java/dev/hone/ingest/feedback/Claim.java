package dev.hone.ingest.feedback;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hone.ingest.feedback.log.Ref;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What a model's n-th version by feedback is made of. Of several replicas that would make it one writes this, and then
 * it holds: whoever goes on after a crash makes the same dataset of the same events.
 *
 * @param number   from 1 on, without a gap
 * @param parent   key of the manifest of the dataset that grows
 * @param base     name of the base model
 * @param time     of the claim
 * @param rules    by which rows are made, as they were then
 * @param places   of the events, by log
 * @param former   keys of events that lie in objects of their own, as they did before there were logs
 * @param until    by log, the offset before which everything of the model was used up by this claim or a former one
 * @param eventIds of the events used up, sorted
 * @param bad      verdicts without a correction, beside those among the events
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Claim(int number, @JsonProperty("dataset_id") String datasetId, String parent, String base, String time, Rules rules, Map<String, List<Ref>> places,
        List<String> former, Map<String, Long> until, @JsonProperty("event_ids") List<String> eventIds, int bad) {
    private static final JsonMapper JSON = new JsonMapper();

    /** The part of the rules that the dataset's rows depend on. */
    record Rules(int weight, @JsonProperty("replace_identical_answers") boolean replaceIdenticalAnswers, @JsonProperty("replace_min_words") int replaceMinWords) {
        static Rules of(FeedbackRules rules) {
            return new Rules(rules.weight(), rules.replaceIdenticalAnswers(), rules.replaceMinWords());
        }

        @Override
        public String toString() {
            return weight + "/" + replaceIdenticalAnswers + "/" + replaceMinWords;
        }
    }

    Claim {
        if (number < 1) {
            throw new IllegalArgumentException("expected claims to be counted from 1, found " + number);
        }
        eventIds = eventIds.stream().sorted().toList();
        places = Map.copyOf(places);
        former = List.copyOf(former);
        until = Map.copyOf(until);
    }

    Instant at() {
        return Instant.parse(time);
    }

    byte[] toJson() throws IOException {
        return JSON.writeValueAsBytes(this);
    }

    static Claim fromJson(byte[] json) throws IOException {
        return JSON.readValue(json, Claim.class);
    }
}

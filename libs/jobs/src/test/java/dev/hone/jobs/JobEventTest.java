package dev.hone.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JobEventTest {

    @Test
    void givenAShortEvent_whenItBecomesVariables_thenItIsOneAsItWas() throws Exception {
        assertEquals(Map.of("HONE_JOB_EVENT", "{\"id\":\"1\"}"), JobEvent.variables("{\"id\":\"1\"}"));
    }

    @Test
    void givenAnEventThatReadsLikeAReference_whenKubernetesExpandsIt_thenTheProcessGetsWhatWasSent() throws Exception {
        String event = "{\"lora_target_modules\":[\"^(q)$(HONE_STORE_SECRET_KEY)$$\"]}";

        Map<String, String> variables = JobEvent.variables(event);

        assertEquals(event, JobEvent.join(expanded(variables)));
        assertEquals(event, JobEvent.unescaped(variables));
    }

    @Test
    void givenALongEvent_whenItBecomesVariables_thenNoneIsTooLongForLinuxAndTogetherTheyAreTheEvent() throws Exception {
        String event = "{\"text\":\"" + "ä$😀".repeat(60_000) + "\"}";

        Map<String, String> variables = JobEvent.variables(event);

        assertTrue(variables.keySet().containsAll(Set.of("HONE_JOB_EVENT", "HONE_JOB_EVENT_1", "HONE_JOB_EVENT_4")), variables.keySet().toString());
        variables.values().forEach(value -> assertTrue(value.getBytes(StandardCharsets.UTF_8).length <= JobEvent.PART));
        assertEquals(event, JobEvent.join(expanded(variables)));
    }

    @Test
    void givenAnEventThatNoJobCanCarry_whenItBecomesVariables_thenItIsRefusedWithItsSize() {
        JobFailure refused = assertThrows(JobFailure.class, () -> JobEvent.variables("x".repeat(JobEvent.MOST + 1)));
        assertEquals("event_too_large", refused.code());
        assertTrue(refused.getMessage().contains(String.valueOf(JobEvent.MOST + 1)));
    }

    @Test
    void givenVariablesOfAnothersMaking_whenTheEventIsJoined_thenTheyAreNoPartOfIt() {
        assertEquals("ab", JobEvent.join(Map.of("HONE_JOB_EVENT", "a", "HONE_JOB_EVENT_1", "b", "HONE_JOB_EVENT_SINK", "c")));
        assertEquals("", JobEvent.join(Map.of()));
    }

    /** Kubernetes' rule: {@code $$} is a dollar sign, {@code $(NAME)} is replaced where there is such a variable. */
    private static Map<String, String> expanded(Map<String, String> variables) {
        Map<String, String> seen = new LinkedHashMap<>();
        variables.forEach((name, value) -> seen.put(name, expanded(value)));
        return seen;
    }

    private static String expanded(String value) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            if (value.startsWith("$$", i)) {
                text.append('$');
                i++;
            } else if (value.startsWith("$(HONE_STORE_SECRET_KEY)", i)) {
                text.append("s3cret");
                i += "$(HONE_STORE_SECRET_KEY)".length() - 1;
            } else {
                text.append(value.charAt(i));
            }
        }
        return text.toString();
    }
}

package dev.hone.serving.answer;

import dev.hone.v1.FeedbackRequest;

/** Takes what users say of answers. */
public interface Opinions {
    /** Waits for the broker: not for event loops. @return the event's id */
    String accept(FeedbackRequest feedback) throws Refusal;
}

package dev.hone.serving;

import dev.hone.serving.answering.AnswerLog;
import dev.hone.serving.answering.JsonAnswerLog;
import dev.hone.serving.answering.Masks;
import dev.hone.serving.answering.Redaction;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log of prompts and answers, where an operator asked for one. */
final class AnswerLogs {
    private static final Logger LOG = LoggerFactory.getLogger(AnswerLogs.class);
    /** A category of its own, so that it can be sent elsewhere than the service's log. */
    private static final Logger LINES = LoggerFactory.getLogger("hone.answers");

    private AnswerLogs() {}

    /** @param thread with a bounded queue; what it refuses is not logged */
    static AnswerLog of(ServingConfig.AnswerLog config, Executor thread) {
        JsonAnswerLog.Shares shares = JsonAnswerLog.Shares.of(config.usual(), config.models());
        if (shares.isOff()) {
            return AnswerLog.OFF;
        }
        LOG.warn("prompts and answers are logged usual={} models={}", config.usual(), config.models());
        List<Redaction> redactions = new ArrayList<>();
        redactions.add(new Masks(config.redact().orElse(List.of()).stream().map(Pattern::compile).toList()));
        ServiceLoader.load(Redaction.class).forEach(redactions::add);
        JsonAnswerLog log = new JsonAnswerLog(shares, redactions, LINES::info);
        return entry -> {
            try {
                thread.execute(() -> log.write(entry));
            } catch (RejectedExecutionException e) {
                LOG.warn("answers come faster than they can be logged answerId={}", entry.answerId());
            }
        };
    }
}

package dev.hone.ingest;

import dev.hone.datasets.DatasetReport;
import dev.hone.ingest.intake.Intake;
import dev.hone.ingest.intake.UserError;
import dev.hone.v1.FeedbackGiven;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import jakarta.inject.Singleton;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** What a dashboard asks of ingest. Problem codes are tags, because they are few; names that users choose never are. */
@Singleton
class IngestMetrics {
    private final MeterRegistry meters;

    IngestMetrics(MeterRegistry meters) {
        this.meters = meters;
    }

    /** @param way upload or inbox */
    void taken(String way, Intake.Taken taken) {
        meters.counter("hone.ingest.files", "way", way, "outcome", taken.existed() ? "known" : "dataset").increment();
        if (!taken.existed()) {
            rows(taken.report());
        }
    }

    void refused(String way, UserError error) {
        meters.counter("hone.ingest.files", "way", way, "outcome", error.code()).increment();
        error.report().ifPresent(this::rows);
    }

    void given(FeedbackGiven feedback) {
        meters.counter("hone.ingest.feedback", "verdict", feedback.getVerdict().isEmpty() ? "none" : feedback.getVerdict(),
                "corrected", feedback.getCorrection().isBlank() ? "no" : "yes").increment();
    }

    /** How far behind a consumer is, and how fast. @return to be closed before the consumer */
    AutoCloseable watch(KafkaConsumer<?, ?> consumer) {
        KafkaClientMetrics metrics = new KafkaClientMetrics(consumer);
        metrics.bindTo(meters);
        return metrics;
    }

    private void rows(DatasetReport report) {
        meters.counter("hone.ingest.rows", "outcome", "kept").increment(report.rows().kept());
        report.problems().forEach((code, count) -> meters.counter("hone.ingest.rows", "outcome", code).increment(count));
    }
}

package dev.hone.telemetry.jobs;

import dev.hone.events.Cause;
import dev.hone.events.StructuredEvents;
import dev.hone.jobs.Job;
import dev.hone.jobs.JobContext;
import dev.hone.jobs.JobFailure;
import dev.hone.jobs.JobLogging;
import dev.hone.jobs.JobStopped;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import java.util.List;
import java.util.Map;

/**
 * A job with a span around it, a child of the event that asked for it: a job that is started again has a new span below the
 * same parent. Spans are sent before the process ends, whatever becomes of the work. Each line of its log has the run's id,
 * and the trace's where there is one.
 */
public final class TracedJob implements Job {
    private static final String SCOPE = "dev.hone.telemetry";
    private static final String TRACEPARENT = "traceparent";

    private final String service;
    private final String stage;
    private final Map<String, String> environment;
    private final Job job;
    private OpenTelemetry telemetry = OpenTelemetry.noop();
    private Span span = Span.getInvalid();

    /**
     * @param service whose job it is; spans are those of {@code <service>-job}
     * @param stage   what is done to a run: train, quantize or evaluate
     */
    public TracedJob(String service, String stage, Map<String, String> environment, Job job) {
        this.service = service;
        this.stage = stage;
        this.environment = Map.copyOf(environment);
        this.job = job;
    }

    @Override
    public void run(JobContext context) throws Exception {
        begin(StructuredEvents.cause(context.event()));
        try (Scope within = span.makeCurrent()) {
            job.run(context);
        } catch (JobStopped e) {
            // anything else that is thrown is told first: see below
            span.addEvent("stopped");
            end();
            throw e;
        }
        end();
    }

    @Override
    public void tell(JobContext context, JobFailure failure) throws Exception {
        span.setAttribute("error.type", failure.code()).setStatus(StatusCode.ERROR, failure.getMessage());
        try (Scope within = span.makeCurrent()) {
            job.tell(context, failure);
        } finally {
            end();
        }
    }

    private void begin(Cause cause) {
        telemetry = JobTracing.start(service + "-job", environment).<OpenTelemetry>map(OpenTelemetrySdk.class::cast).orElse(telemetry);
        span = telemetry.getTracer(SCOPE).spanBuilder("job " + stage).setParent(parent(cause)).setAttribute("hone.run_id", cause.correlationId())
                .setAttribute("hone.stage", stage).setAttribute("messaging.message.id", cause.id()).startSpan();
        String runId = "runId=" + cause.correlationId();
        JobLogging.everyLineHas(span.getSpanContext().isValid() ? List.of(runId, "traceId=" + span.getSpanContext().getTraceId()) : List.of(runId));
    }

    private void end() {
        span.end();
        JobTracing.end(telemetry);
    }

    private static Context parent(Cause cause) {
        return W3CTraceContextPropagator.getInstance().extract(Context.root(), Map.of(TRACEPARENT, cause.traceparent()), new TextMapGetter<Map<String, String>>() {
            @Override
            public Iterable<String> keys(Map<String, String> carrier) {
                return List.of(TRACEPARENT);
            }

            @Override
            public String get(Map<String, String> carrier, String key) {
                return carrier == null ? null : carrier.get(key);
            }
        });
    }
}

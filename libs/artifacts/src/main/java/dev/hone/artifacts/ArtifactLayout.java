package dev.hone.artifacts;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where everything lies in Hone's bucket. A prefix has one writer: {@code base/} the operator, {@code inbox/} users,
 * {@code datasets/} ingest, {@code adapters/} and {@code checkpoints/} the trainer, {@code models/} the quantizer,
 * {@code reports/} the evaluator.
 */
public final class ArtifactLayout {
    /** Written last; its presence is the commit point of the directory it lies in. */
    public static final String MANIFEST = "manifest.json";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private ArtifactLayout() {}

    /** The prefixes that one writer, and nobody else, commits directories to: a service, or {@code operator}; none for all others. */
    public static Set<String> writtenBy(String writer) {
        return switch (writer) {
            case "operator" -> Set.of(baseModels());
            case "ingest" -> Set.of(datasets());
            case "trainer" -> Set.of("adapters/", "checkpoints/");
            case "quantizer" -> Set.of("models/");
            case "evaluator" -> Set.of("reports/");
            default -> Set.of();
        };
    }

    /** A base model's Hugging Face directory. */
    public static String baseModel(String name) {
        return baseModels() + name(name) + "/";
    }

    public static String baseModels() {
        return "base/";
    }

    /** Files that users drop: {@code inbox/<model name>/<file>}. */
    public static String inbox() {
        return "inbox/";
    }

    public static String dataset(String datasetId) {
        return datasets() + name(datasetId) + "/";
    }

    public static String datasets() {
        return "datasets/";
    }

    /** What ingest remembers of inbox objects it has taken. */
    public static String inboxMarker(String objectHash) {
        return datasets() + "inbox/" + name(objectHash) + ".json";
    }

    /** Feedback gathered for all models. */
    public static String feedback() {
        return datasets() + "feedback/";
    }

    /** Feedback gathered for a model's next dataset version. */
    public static String feedback(String modelName) {
        return feedback() + name(modelName) + "/";
    }

    public static String feedback(String modelName, String eventId) {
        return feedback(modelName) + name(eventId) + ".json";
    }

    /** What became of a model's feedback, one object after the other: the n-th says what its n-th dataset version is made of. */
    public static String feedbackClaim(String modelName, int number) {
        return feedback(modelName, "claim.%08d".formatted(number));
    }

    /** Which logs of feedback there are. */
    public static String feedbackLogs() {
        return datasets() + "feedback-log/logs/";
    }

    /** Says that there is a log of a partition. @param topicId Kafka's, since a topic made anew counts from 0 again */
    public static String feedbackLog(String topicId, int partition) {
        return feedbackLogs() + name(topicId) + "." + partition + ".json";
    }

    /** Feedback of one partition from an offset on. Zero-padded, so that the order of keys is the order of offsets. */
    public static String feedbackSegment(String topicId, int partition, long offset) {
        return feedbackLogOf(topicId, partition) + "%020d".formatted(offset);
    }

    /** Where the log of a partition stands. */
    public static String feedbackCheckpoint(String topicId, int partition) {
        return feedbackLogOf(topicId, partition) + "checkpoint.json";
    }

    private static String feedbackLogOf(String topicId, int partition) {
        return datasets() + "feedback-log/" + name(topicId) + "/" + partition + "/";
    }

    public static String adapter(String runId) {
        return "adapters/" + name(runId) + "/";
    }

    public static String checkpoints(String runId) {
        return "checkpoints/" + name(runId) + "/";
    }

    /** Zero-padded, so that the order of keys is the order of steps. */
    static String checkpoint(String checkpoints, long step) {
        return checkpoints + "step-%010d/".formatted(step);
    }

    public static String model(String runId, String scheme) {
        return models(runId) + name(scheme) + "/";
    }

    /** The merged model in a format of others. */
    public static String export(String runId, String format) {
        return models(runId) + "export/" + name(format) + "/";
    }

    /** What quantizing cost, and the commit point of a run's models and exports together. No scheme is called so. */
    public static String quantization(String runId) {
        return models(runId) + "report/";
    }

    /** Of a training with weights rounded to a scheme. */
    public static String roundedCheckpoints(String runId, String scheme) {
        return roundedCheckpoints(runId) + name(scheme) + "/";
    }

    /** Of all such trainings of a run. No scheme is called so. */
    public static String roundedCheckpoints(String runId) {
        return models(runId) + "checkpoints/";
    }

    private static String models(String runId) {
        return "models/" + name(runId) + "/";
    }

    public static String report(String runId) {
        return "reports/" + name(runId) + "/";
    }

    /** The key of a directory's manifest. */
    public static String manifest(String prefix) {
        return directory(prefix) + MANIFEST;
    }

    /** The key of one file of a committed directory. @param path as its manifest names it */
    public static String file(String manifestKeyOrPrefix, String path) {
        return directory(manifestKeyOrPrefix) + path;
    }

    /** The directory a manifest's key stands for; a directory stands for itself. */
    public static String directory(String manifestKeyOrPrefix) {
        if (manifestKeyOrPrefix.endsWith("/" + MANIFEST)) {
            return manifestKeyOrPrefix.substring(0, manifestKeyOrPrefix.length() - MANIFEST.length());
        }
        return manifestKeyOrPrefix.endsWith("/") ? manifestKeyOrPrefix : manifestKeyOrPrefix + "/";
    }

    private static String name(String name) {
        if (!NAME.matcher(name).matches() || name.contains("..")) {
            throw new IllegalArgumentException("expected a name of letters, digits, '.', '_' and '-', found \"" + name + "\"");
        }
        return name;
    }
}

package dev.hone.cli.chaos.check;

import dev.hone.artifacts.Manifest;
import dev.hone.cli.chaos.fault.HomeProcesses;
import dev.hone.cli.chaos.fault.Mischief;
import dev.hone.events.EventJson;
import dev.hone.events.Topic;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.Deploy;
import dev.hone.v1.EvalDone;
import dev.hone.v1.FeedbackGiven;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.QuantizedModel;
import dev.hone.v1.Recipe;
import dev.hone.v1.RunFailed;
import dev.hone.v1.TrainRequested;
import com.google.protobuf.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/** What a stack without a flaw leaves: one dataset that was deployed, feedback on it, a record of poison. Tests take away or add. */
final class Found {
    static final String SHA = "a".repeat(64);
    static final String ADAPTER = "adapters/r1/adapter_model.safetensors";
    static final String FEEDBACK_ID = "11111111-2222-5333-8444-555555555555";

    final List<Submitted> submissions = new ArrayList<>(List.of(new Submitted("chaos-01", "d1", "e1")));
    final List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
    final Map<String, Long> lags = new TreeMap<>(Map.of("trainer dataset.ready/0", 0L));
    final Set<String> objects = new HashSet<>(Set.of(ADAPTER, "adapters/r1/manifest.json", "datasets/feedback/hone-nano/event." + FEEDBACK_ID + ".json"));
    final Set<String> strays = new HashSet<>();
    final Map<String, Manifest> manifests = new HashMap<>();
    final Map<String, String> weights = new HashMap<>(Map.of(ADAPTER, SHA));
    final List<String> feedback = new ArrayList<>(List.of(FEEDBACK_ID));
    final List<String> kept = new ArrayList<>(List.of(FEEDBACK_ID));
    final List<String> unanswered = new ArrayList<>();
    final List<String> sideBySide = new ArrayList<>();
    final Map<String, List<String>> jobLogs = new HashMap<>();
    final List<HomeProcesses.Found> survivors = new ArrayList<>();
    private final Map<String, Integer> offsets = new HashMap<>();

    Found() {
        manifests.put("adapters/r1/manifest.json", new Manifest("adapter", "r1", "trainer", "2026-01-01T00:00:00Z", List.of(new Manifest.FileEntry("adapter_model.safetensors", 1, SHA)), Map.of()));
        jobLogs.put("train-r1", List.of("INFO predicted runId=r1", "INFO run trained runId=r1 steps=24", "INFO adapter is there already runId=r1"));
        event(Topic.DATASET_READY, "e1", "", ready());
        event(Topic.TRAIN_REQUESTED, "e2", "e1", requested());
        event(Topic.ADAPTER_TRAINED, "e3", "e2", trained());
        event(Topic.QUANTIZE_DONE, "e4", "e3", quantized());
        event(Topic.EVAL_DONE, "e5", "e4", evaluated());
        event(Topic.DEPLOY, "e6", "e5", deploy());
        event(Topic.FEEDBACK, FEEDBACK_ID, "", FeedbackGiven.newBuilder().setModelName("hone-nano").setRevision("base").setAnswerId("a1").setVerdict("good").build());
        String place = poison("train.requested", "not json");
        dead("trainer", place);
    }

    static ArtifactRef ref(String manifest) {
        return ArtifactRef.newBuilder().setManifest(manifest).setSha256(SHA).build();
    }

    static DatasetReady ready() {
        return DatasetReady.newBuilder().setDatasetId("d1").setModelName("chaos-01").setBaseModel("hone-nano").setDataset(ref("datasets/d1/manifest.json")).setTrainRows(50).build();
    }

    static TrainRequested requested() {
        return TrainRequested.newBuilder().setRunId("r1").setDatasetId("d1").setDataset(ref("datasets/d1/manifest.json")).setBaseModel("hone-nano").setModelName("chaos-01").build();
    }

    static AdapterTrained trained() {
        return AdapterTrained.newBuilder().setRunId("r1").setModelName("chaos-01").setBaseModel("hone-nano").setDataset(ref("datasets/d1/manifest.json"))
                .setAdapter(ref("adapters/r1/manifest.json")).setRecipe(Recipe.getDefaultInstance()).build();
    }

    static QuantizeDone quantized() {
        return QuantizeDone.newBuilder().setRunId("r1").setModelName("chaos-01").setBaseModel("hone-nano").setDataset(ref("datasets/d1/manifest.json")).setAdapter(ref("adapters/r1/manifest.json"))
                .addModels(QuantizedModel.newBuilder().setScheme("int8").setModel(ref("models/r1/int8/manifest.json")).setSizeBytes(1)).setRecipe(Recipe.getDefaultInstance()).build();
    }

    static EvalDone evaluated() {
        return EvalDone.newBuilder().setRunId("r1").setModelName("chaos-01").setBaseModel("hone-nano").setPassed(true).setReason("Passed.").setScheme("int8")
                .setModel(ref("models/r1/int8/manifest.json")).setReport(ref("reports/r1/manifest.json")).setRecipe(Recipe.getDefaultInstance()).build();
    }

    static Deploy deploy() {
        return Deploy.newBuilder().setModelName("chaos-01").setRevision("r1").setModel(ref("models/r1/int8/manifest.json")).setBaseModel("hone-nano").setScheme("int8").build();
    }

    static RunFailed failed(String code) {
        return RunFailed.newBuilder().setRunId("r1").setStage("train").setCode(code).setMessage("It failed.").setKind("error").setModelName("chaos-01").build();
    }

    /** Takes every record of a topic away. */
    Found without(Topic topic) {
        records.removeIf(record -> record.topic().equals(topic.topicName()));
        return this;
    }

    Found event(Topic topic, String id, String cause, Message message) {
        ConsumerRecord<String, byte[]> record = record(topic.topicName(), topic.key(message), EventJson.print(message));
        Map.of("ce_specversion", "1.0", "ce_id", id, "ce_type", topic.type(), "ce_source", "hone/test", "ce_subject", topic.key(message), "ce_causationid", cause)
                .forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        return this;
    }

    /** @return where it lies */
    String poison(String topic, String value) {
        ConsumerRecord<String, byte[]> record = record(topic, "chaos-1", value);
        record.headers().add(Mischief.MARK, Mischief.POISON.getBytes(StandardCharsets.UTF_8));
        return Evidence.place(record);
    }

    Found dead(String service, String origin) {
        ConsumerRecord<String, byte[]> record = record(Topic.deadLetters(service), "chaos-1", "not json");
        record.headers().add("hone_error_origin", origin.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    private ConsumerRecord<String, byte[]> record(String topic, String key, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        int offset = offsets.merge(topic, 1, Integer::sum) - 1;
        ConsumerRecord<String, byte[]> record = new ConsumerRecord<>(topic, 0, offset, 1_700_000_000_000L, TimestampType.CREATE_TIME, 0, bytes.length, key, bytes, new RecordHeaders(), Optional.empty());
        records.add(record);
        return record;
    }

    Evidence evidence() {
        return new Evidence(submissions, records, lags, objects, strays, manifests, weights, feedback, kept, unanswered, sideBySide, jobLogs, survivors);
    }

    /** What the checks say, as an undisturbed run of the same was deployed with the same weights. */
    Map<String, List<Violation>> checked() {
        return Checks.look(evidence(), Map.of(ADAPTER, SHA), Map.of("chaos-01", "deployed"));
    }

    /** Names of the checks that saw something. */
    List<String> complaints() {
        return checked().entrySet().stream().filter(check -> !check.getValue().isEmpty()).map(Map.Entry::getKey).toList();
    }

}

package dev.hone.jobs;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Why a Job's pods do not run, or did not live. Knows less, and says so once, where pods may not be listed. */
final class PodReport {

    private static final Logger LOG = LoggerFactory.getLogger(PodReport.class);
    private static final String JOB = "batch.kubernetes.io/job-name";

    private final KubernetesClient client;
    private final String namespace;
    private boolean warned;

    PodReport(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
    }

    /**
     * How the last of them died.
     *
     * @param reason of the container or of the pod: OOMKilled, Error, Evicted
     * @param exitCode of the container, if it ever ran
     * @param words the last it said, or the pod's message; may be empty
     */
    record Death(String reason, Optional<Integer> exitCode, String words) {

        boolean isOutOfMemory() {
            return reason.equals("OOMKilled");
        }

        @Override
        public String toString() {
            return reason + exitCode.map(code -> ", exit code " + code).orElse("") + (words.isEmpty() ? "" : ": " + words);
        }
    }

    Optional<Death> lastDeath(String job) {
        return listed(job).orElse(List.of()).stream().filter(pod -> "Failed".equals(phase(pod)))
                .max(Comparator.comparing(pod -> String.valueOf(pod.getMetadata().getCreationTimestamp())))
                .map(PodReport::death);
    }

    /** What an open Job waits for; empty while a pod of it runs, or where pods may not be listed. */
    Optional<String> waiting(String job) {
        Optional<List<Pod>> listed = listed(job);
        List<Pod> open = listed.orElse(List.of()).stream().filter(pod -> !"Failed".equals(phase(pod)) && !"Succeeded".equals(phase(pod))).toList();
        if (listed.isEmpty() || open.stream().anyMatch(pod -> "Running".equals(phase(pod)) && pod.getMetadata().getDeletionTimestamp() == null)) {
            return Optional.empty();
        }
        return open.stream().max(Comparator.comparing(pod -> String.valueOf(pod.getMetadata().getCreationTimestamp()))).map(PodReport::waits)
                .or(() -> Optional.of("the cluster made no pod for it; kubectl -n " + namespace + " describe job " + job + " says why"));
    }

    private static String waits(Pod pod) {
        if (pod.getMetadata().getDeletionTimestamp() != null) {
            return "its pod " + pod.getMetadata().getName() + " has not ended; where its node is lost, delete the node or taint it out-of-service";
        }
        return unscheduled(pod).or(() -> blocked(pod)).orElse("its pod " + pod.getMetadata().getName() + " starts");
    }

    private static Optional<String> unscheduled(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .filter(condition -> "PodScheduled".equals(condition.getType()) && "False".equals(condition.getStatus()))
                .map(PodReport::words).findFirst();
    }

    private static String words(PodCondition condition) {
        return "no node takes its pod: " + condition.getReason() + (condition.getMessage() == null ? "" : ", " + condition.getMessage());
    }

    private static Optional<String> blocked(Pod pod) {
        return statuses(pod).map(ContainerStatus::getState).filter(Objects::nonNull).map(state -> state.getWaiting()).filter(Objects::nonNull)
                .filter(waiting -> !"ContainerCreating".equals(waiting.getReason()) && !"PodInitializing".equals(waiting.getReason()))
                .map(waiting -> words(pod, waiting)).findFirst();
    }

    private static String words(Pod pod, ContainerStateWaiting waiting) {
        return "its pod " + pod.getMetadata().getName() + " cannot start: " + waiting.getReason() + (waiting.getMessage() == null ? "" : ", " + waiting.getMessage());
    }

    private static Death death(Pod pod) {
        Optional<ContainerStateTerminated> container = statuses(pod).map(ContainerStatus::getState).filter(Objects::nonNull)
                .map(state -> state.getTerminated()).filter(Objects::nonNull).filter(end -> end.getExitCode() == null || end.getExitCode() != 0).findFirst();
        String reason = container.map(ContainerStateTerminated::getReason).orElse(pod.getStatus().getReason());
        String words = container.map(ContainerStateTerminated::getMessage).orElse(pod.getStatus().getMessage());
        return new Death(reason == null ? "Failed" : reason, container.map(ContainerStateTerminated::getExitCode), words == null ? "" : tail(words.strip()));
    }

    /** The end of a log says more than its beginning; an event need not hold a log. */
    private static String tail(String words) {
        return words.length() <= 500 ? words : "… " + words.substring(words.length() - 500);
    }

    private static Stream<ContainerStatus> statuses(Pod pod) {
        return Stream.concat(pod.getStatus().getContainerStatuses().stream(), pod.getStatus().getInitContainerStatuses().stream());
    }

    private static String phase(Pod pod) {
        return pod.getStatus() == null ? "Pending" : pod.getStatus().getPhase();
    }

    private Optional<List<Pod>> listed(String job) {
        try {
            return Optional.of(client.pods().inNamespace(namespace).withLabel(JOB, job).list().getItems());
        } catch (KubernetesClientException e) {
            if (!warned) {
                LOG.warn("pods cannot be listed, so reasons of failures stay unknown namespace={} reason={}", namespace, e.getMessage());
                warned = true;
            }
            return Optional.empty();
        }
    }
}

package dev.hone.architecture;

import static java.util.Map.entry;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.strimzi.api.kafka.model.kafka.Kafka;
import io.strimzi.api.kafka.model.nodepool.KafkaNodePool;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.util.Map;
import java.util.Optional;

/**
 * Kubernetes objects against the types of their API. The models by themselves keep what they do not know; here an unknown field is a
 * fault, as it is for an API server that validates strictly, and so is a field on its way out: Strimzi's version v1 has none of those.
 */
final class TypedModels {
    private static final Map<String, Class<?>> TYPES = Map.ofEntries(
            entry("v1/ConfigMap", ConfigMap.class), entry("v1/Namespace", Namespace.class), entry("v1/Secret", Secret.class),
            entry("v1/Service", Service.class), entry("v1/ServiceAccount", ServiceAccount.class),
            entry("v1/PersistentVolumeClaim", PersistentVolumeClaim.class),
            entry("apps/v1/Deployment", Deployment.class), entry("apps/v1/StatefulSet", StatefulSet.class),
            entry("batch/v1/CronJob", CronJob.class), entry("batch/v1/Job", Job.class),
            entry("networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class),
            entry("policy/v1/PodDisruptionBudget", PodDisruptionBudget.class),
            entry("rbac.authorization.k8s.io/v1/Role", Role.class), entry("rbac.authorization.k8s.io/v1/RoleBinding", RoleBinding.class),
            entry("gateway.networking.k8s.io/v1/Gateway", Gateway.class), entry("gateway.networking.k8s.io/v1/GRPCRoute", GRPCRoute.class),
            entry("gateway.networking.k8s.io/v1/HTTPRoute", HTTPRoute.class),
            entry("monitoring.coreos.com/v1/PodMonitor", PodMonitor.class), entry("monitoring.coreos.com/v1/PrometheusRule", PrometheusRule.class),
            entry("kafka.strimzi.io/v1/Kafka", Kafka.class), entry("kafka.strimzi.io/v1/KafkaNodePool", KafkaNodePool.class),
            entry("kafka.strimzi.io/v1/KafkaTopic", KafkaTopic.class), entry("kafka.strimzi.io/v1/KafkaUser", KafkaUser.class),
            entry("keda.sh/v1alpha1/ScaledObject", KedaModels.ScaledObject.class),
            entry("keda.sh/v1alpha1/TriggerAuthentication", KedaModels.TriggerAuthentication.class),
            entry("kueue.x-k8s.io/v1beta2/ResourceFlavor", KueueModels.ResourceFlavor.class),
            entry("kueue.x-k8s.io/v1beta2/ClusterQueue", KueueModels.ClusterQueue.class),
            entry("kueue.x-k8s.io/v1beta2/LocalQueue", KueueModels.LocalQueue.class));

    private static final ObjectMapper STRICT = new ObjectMapper()
            .setAnnotationIntrospector(new NothingUnknown())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.FAIL_ON_IGNORED_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

    private TypedModels() {}

    /** What is wrong with the object by the type of its API, in the model's words; empty: nothing. */
    static Optional<String> fault(Map<String, Object> object) {
        String id = object.get("apiVersion") + "/" + object.get("kind");
        Class<?> type = TYPES.get(id);
        if (type == null) {
            return Optional.of("there is no model of " + id + ": name its type here, or write the fields in use as a record");
        }
        try {
            STRICT.convertValue(object, type);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(e.getMessage().lines().findFirst().orElse("").replaceFirst("\\(class .*", "") + path(e));
        }
    }

    private static String path(IllegalArgumentException e) {
        return e.getCause() instanceof com.fasterxml.jackson.databind.JsonMappingException mapping
                ? mapping.getPath().stream().map(step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : "." + step.getFieldName())
                        .reduce("at ", String::concat)
                : "";
    }

    /** Takes from the models the map in which they keep what they do not know, and fields that are deprecated. */
    private static final class NothingUnknown extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1;

        @Override
        public Boolean hasAnySetter(Annotated annotated) {
            return false;
        }

        @Override
        public boolean hasIgnoreMarker(AnnotatedMember member) {
            return super.hasIgnoreMarker(member) || member.hasAnnotation(Deprecated.class);
        }
    }
}

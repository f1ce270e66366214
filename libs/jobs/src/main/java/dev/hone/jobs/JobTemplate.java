package dev.hone.jobs;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.JobTemplateSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.util.List;

/**
 * What Jobs of a stage are made from: the job template of a CronJob that is suspended and never runs by itself.
 *
 * <p>So everything in which clusters differ (image, security, volumes, resources, secrets) is a manifest like any other, and
 * tools that patch and retag manifests know it. It is read for every Job: what is applied holds from the next Job on.
 */
final class JobTemplate {

    static final String CONTAINER = "job";

    private JobTemplate() {}

    /** @throws IOException when it is missing or not of that form: whoever applies it right mends that, and then the same request succeeds */
    static JobTemplateSpec read(KubernetesClient client, String namespace, String name) throws IOException {
        CronJob template = client.batch().v1().cronjobs().inNamespace(namespace).withName(name).get();
        if (template == null) {
            throw new IOException("Expected the CronJob " + name + " in namespace " + namespace + ", from which Jobs are made, found none."
                    + " Apply Hone's manifests, or name another one in hone.jobs.kubernetes.template.");
        }
        List<String> containers = template.getSpec().getJobTemplate().getSpec().getTemplate().getSpec().getContainers().stream().map(Container::getName).toList();
        if (!containers.contains(CONTAINER)) {
            throw new IOException("Expected a container named '" + CONTAINER + "' in the CronJob " + name + " of namespace " + namespace + ", found "
                    + containers + ". Give the one that does the work this name.");
        }
        return template.getSpec().getJobTemplate();
    }
}

package dev.hone.jobs;

import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.List;

/** What a job's pod may do: no more than the "restricted" Pod Security Standard allows, as the services' own pods. */
final class KubernetesPods {

    private static final String SCRATCH = "scratch";
    private static final String TMP = "tmp";

    private KubernetesPods() {}

    static PodSecurityContext security(long user) {
        return new PodSecurityContextBuilder()
                .withRunAsNonRoot(true).withRunAsUser(user).withRunAsGroup(user).withFsGroup(user)
                .withNewSeccompProfile().withType("RuntimeDefault").endSeccompProfile()
                .build();
    }

    static SecurityContext containerSecurity() {
        return new SecurityContextBuilder()
                .withAllowPrivilegeEscalation(false).withReadOnlyRootFilesystem(true)
                .withNewCapabilities().withDrop("ALL").endCapabilities()
                .build();
    }

    static List<Volume> volumes() {
        return List.of(emptyDirectory(SCRATCH), emptyDirectory(TMP));
    }

    static List<VolumeMount> mounts(String scratch) {
        return List.of(mount(SCRATCH, scratch), mount(TMP, "/tmp"));
    }

    private static Volume emptyDirectory(String name) {
        return new VolumeBuilder().withName(name).withNewEmptyDir().endEmptyDir().build();
    }

    private static VolumeMount mount(String name, String path) {
        return new VolumeMountBuilder().withName(name).withMountPath(path).build();
    }
}

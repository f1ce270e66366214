package dev.hone.jobs;

import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.client.utils.Serialization;

/** A template as k8s/base has it, and what Jobs are asked for over it. */
final class Templates {

    private static final String TRAIN = """
            apiVersion: batch/v1
            kind: CronJob
            metadata:
              name: train
            spec:
              schedule: "0 0 31 2 *"
              suspend: true
              jobTemplate:
                metadata:
                  annotations: {team: research}
                spec:
                  backoffLimit: 2
                  template:
                    metadata:
                      labels: {cost-centre: "7"}
                    spec:
                      restartPolicy: Never
                      automountServiceAccountToken: false
                      terminationGracePeriodSeconds: 45
                      securityContext:
                        runAsNonRoot: true
                        runAsUser: 10001
                        seccompProfile: {type: RuntimeDefault}
                      containers:
                        - name: job
                          image: hone/trainer:0.1.0
                          env:
                            - name: HONE_STORE_SECRET_KEY
                              valueFrom: {secretKeyRef: {name: hone, key: HONE_STORE_SECRET_KEY}}
                            - {name: HONE_JOB_DIR, value: /scratch/job}
                            - {name: HONE_STORE_BUCKET, value: of-the-template}
                          resources:
                            requests: {cpu: "2", memory: 8Gi}
                            limits: {cpu: "2", memory: 8Gi}
                          securityContext:
                            allowPrivilegeEscalation: false
                            readOnlyRootFilesystem: true
                            capabilities: {drop: [ALL]}
                          volumeMounts:
                            - {name: scratch, mountPath: /scratch}
                      volumes:
                        - {name: scratch, emptyDir: {}}
            """;

    private Templates() {}

    static CronJob train() {
        return Serialization.unmarshal(TRAIN, CronJob.class);
    }

    /** The same with a change to its text. */
    static CronJob train(String text, String instead) {
        if (!TRAIN.contains(text)) {
            throw new IllegalArgumentException("the template has no " + text);
        }
        return Serialization.unmarshal(TRAIN.replace(text, instead), CronJob.class);
    }

    static PodSpec pod() {
        return train().getSpec().getJobTemplate().getSpec().getTemplate().getSpec();
    }

    static PodSpec pod(String text, String instead) {
        return train(text, instead).getSpec().getJobTemplate().getSpec().getTemplate().getSpec();
    }
}

package dev.hone.cli.chaos.check;

import dev.hone.events.Topic;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.EvalDone;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.RunFailed;
import dev.hone.v1.TrainRequested;
import dev.hone.v1.Deploy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** No event is lost: what each asks for was done, or its failure told. */
final class Followers implements Check {
    @Override
    public String name() {
        return "no event is lost: each has its follower";
    }

    @Override
    public List<Violation> look(Evidence evidence) {
        List<Violation> violations = new ArrayList<>();
        Set<String> failed = runs(evidence, Topic.RUN_FAILED);
        planned(evidence, violations);
        followed(evidence, Topic.TRAIN_REQUESTED, Topic.ADAPTER_TRAINED, failed, violations);
        followed(evidence, Topic.ADAPTER_TRAINED, Topic.QUANTIZE_DONE, failed, violations);
        followed(evidence, Topic.QUANTIZE_DONE, Topic.EVAL_DONE, failed, violations);
        decided(evidence, violations);
        return violations;
    }

    /** A dataset may be planned more than once, so the follower is found by its cause. */
    private void planned(Evidence evidence, List<Violation> violations) {
        Set<String> causes = new HashSet<>();
        evidence.events(Topic.TRAIN_REQUESTED).forEach(placed -> causes.add(placed.event().causationId()));
        evidence.events(Topic.RUN_FAILED).forEach(placed -> causes.add(placed.event().causationId()));
        for (Evidence.Placed placed : evidence.events(Topic.DATASET_READY)) {
            if (!causes.contains(placed.event().id())) {
                violations.add(lost(placed, "Expected train.requested or run.failed caused by dataset.ready " + placed.event().id() + ", found neither."));
            }
        }
    }

    /** A request for what is under way is answered by that, so the follower is found by its run. */
    private void followed(Evidence evidence, Topic topic, Topic next, Set<String> failed, List<Violation> violations) {
        Set<String> followed = runs(evidence, next);
        for (Evidence.Placed placed : evidence.events(topic)) {
            String run = run(placed);
            if (!followed.contains(run) && !failed.contains(run)) {
                violations.add(lost(placed, "Expected " + next.topicName() + " or run.failed of run " + run + ", found neither."));
            }
        }
    }

    private void decided(Evidence evidence, List<Violation> violations) {
        Set<String> deployed = runs(evidence, Topic.DEPLOY);
        for (Evidence.Placed placed : evidence.events(Topic.EVAL_DONE)) {
            EvalDone done = (EvalDone) placed.event().data();
            boolean wanted = !done.getRecipe().getGate().hasDeploy() || done.getRecipe().getGate().getDeploy();
            if (done.getPassed() && wanted && !deployed.contains(done.getRunId())) {
                violations.add(lost(placed, "Expected deploy of run " + done.getRunId() + ", which passed its gate, found none."));
            }
        }
    }

    private Violation lost(Evidence.Placed placed, String message) {
        return new Violation(name(), placed.place(), message, Optional.of(Instant.ofEpochMilli(placed.record().timestamp())));
    }

    private static Set<String> runs(Evidence evidence, Topic topic) {
        return evidence.events(topic).stream().map((Function<Evidence.Placed, String>) Followers::run).collect(Collectors.toSet());
    }

    private static String run(Evidence.Placed placed) {
        return switch (placed.event().data()) {
            case TrainRequested requested -> requested.getRunId();
            case AdapterTrained trained -> trained.getRunId();
            case QuantizeDone quantized -> quantized.getRunId();
            case EvalDone evaluated -> evaluated.getRunId();
            case Deploy deploy -> deploy.getRevision();
            case RunFailed failed -> failed.getRunId();
            default -> placed.event().subject();
        };
    }
}

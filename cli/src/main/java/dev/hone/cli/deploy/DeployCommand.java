package dev.hone.cli.deploy;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.HomeOption;
import dev.hone.events.Deployments;
import dev.hone.v1.CanaryBounds;
import dev.hone.v1.Candidate;
import dev.hone.v1.Deploy;
import dev.hone.v1.DeployedRevision;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A revision for everybody, or one on trial. */
@Command(name = "deploy", description = {"Let a revision answer under a model's name: at once, or on trial with --canary or --shadow, until ./hone promote or ./hone rollback."},
        footer = {"", "Examples:", "  ./hone deploy support --revision v2 --model models/RUN/int8",
                "  ./hone deploy support --revision v3 --adapter RUN --base hone-nano --canary 10 --min-good 0.8",
                "  ./hone deploy support --revision v4 --model models/RUN/int4 --shadow 5"})
public final class DeployCommand implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Mixin private RevisionOptions revision;
    @Mixin private Waiting waiting;

    @Parameters(paramLabel = "MODEL", description = "The name that clients ask for.")
    private String model;

    @Option(names = "--canary", paramLabel = "PERCENT", description = "It answers this share of the conversations; the revision that serves answers the others.")
    private Integer canary;

    @Option(names = "--shadow", paramLabel = "PERCENT", description = "It answers copies of this share of the requests; nobody sees them.")
    private Integer shadow;

    @Option(names = "--min-good", paramLabel = "SHARE", description = "On trial: withdrawn when fewer of the judged answers are good, 0 to 1.")
    private Double minGood;

    @Option(names = "--max-errors", paramLabel = "SHARE", description = "On trial: withdrawn when more of its answers fail, 0 to 1.")
    private Double maxErrors;

    @Option(names = "--min-samples", paramLabel = "N", description = "On trial: judged by no fewer answers than these. Default: 20.")
    private Integer minSamples;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for those who read the topic later.")
    private String reason = "";

    @Override
    public Integer call() throws IOException, InterruptedException {
        requireTrial();
        Endpoints endpoints = home.endpoints();
        DeployedRevision next = revision.revision(ArtifactStore.connect(endpoints.store().config(), "others"));
        DeployTopic topic = new DeployTopic(endpoints);
        topic.say(said(topic.last(model), next));
        Terminal.standard().line(isTrial() ? "On trial: " + next.getRevision() + " of " + model + "." : "Deployed: " + next.getRevision() + " of " + model + ".");
        waiting.forRevision(endpoints, model, next.getRevision());
        return 0;
    }

    private boolean isTrial() {
        return canary != null || shadow != null;
    }

    private void requireTrial() {
        if (!isTrial() && (minGood != null || maxErrors != null || minSamples != null)) {
            throw new Failure(Failure.USAGE, "Expected --canary or --shadow beside bounds of a trial, found neither.");
        }
    }

    private Deploy said(Optional<Deploy> now, DeployedRevision next) {
        if (!isTrial()) {
            return now.map(former -> Deployments.replaced(former, next, reason)).orElseGet(() -> Deployments.of(model, next).toBuilder().setReason(reason).build());
        }
        return Deployments.tried(now.orElseThrow(() -> new Failure("Expected a revision of " + model + " to try another beside, found none deployed. Deploy one first, without --canary and --shadow.")),
                candidate(next), reason);
    }

    private Candidate candidate(DeployedRevision next) {
        Candidate.Builder candidate = Candidate.newBuilder().setRevision(next).setPercent(canary == null ? 0 : canary).setShadowPercent(shadow == null ? 0 : shadow);
        if (minGood == null && maxErrors == null) {
            return candidate.build();
        }
        CanaryBounds.Builder bounds = CanaryBounds.newBuilder();
        Optional.ofNullable(minGood).ifPresent(bounds::setMinGoodShare);
        Optional.ofNullable(maxErrors).ifPresent(bounds::setMaxErrorRate);
        Optional.ofNullable(minSamples).ifPresent(bounds::setMinSamples);
        return candidate.setBounds(bounds).build();
    }
}

package dev.hone.cli.deploy;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.HomeOption;
import dev.hone.events.Deployments;
import dev.hone.v1.Deploy;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Back to what was. */
@Command(name = "rollback", description = "End a trial, so that what serves goes on alone; where nothing is on trial, let what served before serve again.",
        footer = {"", "Example:", "  ./hone rollback support"})
public final class RollbackCommand implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Mixin private Waiting waiting;

    @Parameters(paramLabel = "MODEL", description = "A deployed model.")
    private String model;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for those who read the topic later.")
    private String reason = "";

    @Override
    public Integer call() throws InterruptedException {
        Endpoints endpoints = home.endpoints();
        DeployTopic topic = new DeployTopic(endpoints);
        Deploy now = topic.last(model).orElseThrow(() -> PromoteCommand.nothing(model));
        Deploy next = now.hasCandidate() ? Deployments.withoutCandidate(now, reason) : rolledBack(now);
        topic.say(next);
        Terminal.standard().line(now.hasCandidate() ? "Withdrawn: " + now.getCandidate().getRevision().getRevision() + "; " + next.getRevision() + " of " + model + " goes on alone."
                : "Back to " + next.getRevision() + " of " + model + ", from " + now.getRevision() + ".");
        waiting.forRevision(endpoints, model, next.getRevision());
        return 0;
    }

    private Deploy rolledBack(Deploy now) {
        try {
            return Deployments.rolledBack(now, reason);
        } catch (IllegalArgumentException e) {
            throw new Failure(e.getMessage(), e);
        }
    }
}

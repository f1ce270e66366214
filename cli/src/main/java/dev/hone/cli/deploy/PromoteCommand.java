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

/** The end of a trial that went well. */
@Command(name = "promote", description = "Let the revision on trial answer everybody.", footer = {"", "Example:", "  ./hone promote support"})
public final class PromoteCommand implements Callable<Integer> {
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
        Deploy next = promoted(topic.last(model).orElseThrow(() -> nothing(model)));
        topic.say(next);
        Terminal.standard().line("Promoted: " + next.getRevision() + " of " + model + ".");
        waiting.forRevision(endpoints, model, next.getRevision());
        return 0;
    }

    private Deploy promoted(Deploy now) {
        try {
            return Deployments.promoted(now, reason);
        } catch (IllegalArgumentException e) {
            throw new Failure(e.getMessage(), e);
        }
    }

    static Failure nothing(String model) {
        return new Failure("Expected something deployed under the name \"" + model + "\", found nothing. ./hone models lists what there is.");
    }
}

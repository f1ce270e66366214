package dev.hone.cli.deploy;

import dev.hone.cli.chat.InferenceClient;
import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.v1.ServedModel;
import dev.hone.v1.ServedRevision;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Until serving does as it was told. */
final class Waiting {
    private static final int PAUSE_MILLIS = 100;

    @Option(names = "--wait", paramLabel = "SECONDS", defaultValue = "60", description = "How long to wait until it answers; 0: do not wait. Default: 60.")
    private int seconds;

    /** @throws Failure when the revision cannot be loaded, or not in time */
    void forRevision(Endpoints endpoints, String model, String revision) throws InterruptedException {
        if (seconds == 0) {
            return;
        }
        try (InferenceClient client = InferenceClient.of(endpoints)) {
            for (int paused = 0; paused < seconds * 1000; paused += PAUSE_MILLIS) {
                Optional<String> state = state(client.models(), model, revision);
                if (state.filter("serving"::equals).isPresent()) {
                    Terminal.standard().line("It answers. Talk to it: ./hone chat " + model);
                    return;
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
        throw new Failure("Expected revision " + revision + " of " + model + " to answer within " + seconds + " s, found that it does not. ./hone models says how far it is.");
    }

    private static Optional<String> state(List<ServedModel> models, String model, String revision) {
        return models.stream().filter(served -> served.getName().equals(model)).flatMap(served -> states(served, revision)).peek(state -> {
            if (state.getState().equals("failed")) {
                throw new Failure("Serving could not load revision " + revision + " of " + model + ": " + state.getMessage());
            }
        }).map(ServedRevision::getState).findFirst();
    }

    /** What was replaced may still be listed under the same name. */
    private static Stream<ServedRevision> states(ServedModel served, String revision) {
        return served.getRevisionsList().stream().filter(one -> one.getRevision().equals(revision) && !one.getRole().equals("previous"));
    }
}

package dev.hone.cli.chat;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.v1.FeedbackRequest;
import dev.hone.v1.Sampling;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says what an answer was worth. */
@Command(name = "feedback", description = {"Say what an answer was worth. At enough corrections (or after a while) they become the model's",
        "next dataset version, and so its next run."},
        footer = {"", "Examples:",
                "  ./hone feedback support --prompt \"Do you buy old phones?\" --correction \"Yes, bring it to any shop.\"",
                "  ./hone feedback support --id 5c1e... --verdict good"})
public final class FeedbackCommand implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Parameters(paramLabel = "MODEL", description = "The model that answered.")
    private String model;

    @Option(names = "--id", paramLabel = "ANSWER", description = "The answer's id, as the reply over gRPC gave it.")
    private String answerId = "";

    @Option(names = "--prompt", paramLabel = "TEXT", description = {"What was asked. Without an id it is asked once more now, because", "feedback is taken on answers that the service gave."})
    private String prompt = "";

    @Option(names = "--answer", paramLabel = "TEXT", description = "What was answered.")
    private String answer = "";

    @Option(names = "--correction", paramLabel = "TEXT", description = "What the answer should have been.")
    private String correction = "";

    @Option(names = "--verdict", paramLabel = "good|bad", description = "What it was worth.")
    private String verdict = "";

    @Option(names = "--rating", paramLabel = "1-5", description = "What it was worth, from worst to best.")
    private Integer rating;

    @Option(names = "--tag", paramLabel = "WORD", description = "A word of your own to sort answers by; may be given several times.")
    private List<String> tags = List.of();

    @Option(names = "--comment", paramLabel = "TEXT", description = "Anything else worth saying.")
    private String comment = "";

    @Override
    public Integer call() {
        FeedbackRequest.Builder request = request();
        try (InferenceClient client = InferenceClient.of(home.endpoints())) {
            String event = client.feedback(answerId.isEmpty() ? request.setAnswerId(asked(client)).build() : request.build());
            Terminal.standard().line("Noted as event " + event + ".");
        }
        return 0;
    }

    private String asked(InferenceClient client) {
        return client.chat(model, List.of(ChatCommand.message("user", prompt)), Sampling.getDefaultInstance(), text -> {}).id();
    }

    private FeedbackRequest.Builder request() {
        if (answerId.isEmpty() && prompt.isEmpty()) {
            throw usage("Expected --id of an answer or the --prompt that was asked, found neither.");
        }
        if (correction.isEmpty() && verdict.isEmpty() && comment.isEmpty() && rating == null && tags.isEmpty()) {
            throw usage("Expected --correction, --verdict, --rating, --comment or --tag, found none of them.");
        }
        if (rating != null && (rating < 1 || rating > 5)) {
            throw usage("Expected --rating from 1 to 5, found " + rating + ".");
        }
        if (!Set.of("", "good", "bad").contains(verdict)) {
            throw usage("Expected --verdict good or --verdict bad, found \"" + verdict + "\".");
        }
        FeedbackRequest.Builder request = FeedbackRequest.newBuilder().setModel(model).setAnswerId(answerId).setAnswer(answer)
                .setVerdict(verdict).setCorrection(correction).setComment(comment).addAllTags(tags);
        if (!prompt.isEmpty()) {
            request.addMessages(ChatCommand.message("user", prompt));
        }
        if (rating != null) {
            request.setRating(rating);
        }
        return request;
    }

    private static Failure usage(String sentence) {
        return new Failure(Failure.USAGE, sentence);
    }
}

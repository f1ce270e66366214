package dev.hone.cli.chat;

import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.v1.ChatMessage;
import dev.hone.v1.Sampling;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** One answer, or a conversation. */
@Command(name = "chat", description = {"Talk to a deployed model. With a prompt: one answer, as it is generated. Without: a conversation."},
        footer = {"", "Examples:", "  ./hone chat support How do I reset my smartphone?", "  ./hone chat support --temperature 0.8 --seed 7",
                "", "In a conversation, /good and /bad judge the last answer, \"/correct TEXT\" says what it should have been,",
                "/new starts over, /quit (or Ctrl-D) ends."})
public final class ChatCommand implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Mixin private SamplingOptions sampling;

    @Option(names = "--system", paramLabel = "TEXT", description = "A system message ahead of the conversation.")
    private String system;

    @Parameters(index = "0", paramLabel = "MODEL", description = "A deployed model; ./hone models lists them.")
    private String model;

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "PROMPT", description = "What to ask; words are joined.")
    private List<String> prompt = List.of();

    @Override
    public Integer call() throws Exception {
        Terminal terminal = Terminal.standard();
        try (InferenceClient client = InferenceClient.of(home.endpoints())) {
            if (prompt.isEmpty()) {
                Conversation conversation = new Conversation(client, model, preamble(), sampling.sampling(), terminal);
                conversation.run(new BufferedReader(new InputStreamReader(System.in, System.console() == null
                        ? java.nio.charset.StandardCharsets.UTF_8 : System.console().charset())));
            } else {
                answer(client, sampling.sampling(), terminal);
            }
        }
        return 0;
    }

    private void answer(InferenceClient client, Sampling how, Terminal terminal) {
        List<ChatMessage> messages = new java.util.ArrayList<>(preamble());
        messages.add(message("user", String.join(" ", prompt)));
        client.chat(model, messages, how, piece -> {
            terminal.out().print(piece);
            terminal.out().flush();
        });
        terminal.line("");
    }

    private List<ChatMessage> preamble() {
        return system == null ? List.of() : List.of(message("system", system));
    }

    static ChatMessage message(String role, String content) {
        return ChatMessage.newBuilder().setRole(role).setContent(content).build();
    }
}

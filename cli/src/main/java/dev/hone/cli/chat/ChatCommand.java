package dev.hone.cli.chat;

import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.v1.ChatMessage;
import dev.hone.v1.ChatRequest;
import dev.hone.v1.ResponseFormat;
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
                "  ./hone chat support Which city is it about? --json-schema '{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}'",
                "", "In a conversation, /good and /bad judge the last answer, \"/correct TEXT\" says what it should have been,",
                "/new starts over, /quit (or Ctrl-D) ends."})
public final class ChatCommand implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Mixin private SamplingOptions sampling;
    @Mixin private FormatOptions format;

    @Option(names = "--system", paramLabel = "TEXT", description = "A system message ahead of the conversation.")
    private String system;

    @Option(names = "--show-revision", description = "Say which revision gave the answer, and its id for ./hone feedback; a conversation always says the revision.")
    private boolean showRevision;

    @Parameters(index = "0", paramLabel = "MODEL", description = "A deployed model; ./hone models lists them.")
    private String model;

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "PROMPT", description = "What to ask; words are joined.")
    private List<String> prompt = List.of();

    @Override
    public Integer call() throws Exception {
        Terminal terminal = Terminal.standard();
        ChatRequest.Builder request = ChatRequest.newBuilder().setModel(model).setSampling(sampling.sampling());
        if (!format.format().equals(ResponseFormat.getDefaultInstance())) {
            request.setResponseFormat(format.format());
        }
        try (InferenceClient client = InferenceClient.of(home.endpoints())) {
            if (prompt.isEmpty()) {
                Conversation conversation = new Conversation(client, request.build(), preamble(), terminal);
                conversation.run(new BufferedReader(new InputStreamReader(System.in, System.console() == null
                        ? java.nio.charset.StandardCharsets.UTF_8 : System.console().charset())));
            } else {
                answer(client, request, terminal);
            }
        }
        return 0;
    }

    private void answer(InferenceClient client, ChatRequest.Builder request, Terminal terminal) {
        request.addAllMessages(preamble()).addMessages(message("user", String.join(" ", prompt)));
        Answer answer = client.chat(request.build(), piece -> {
            terminal.out().print(piece);
            terminal.out().flush();
        });
        terminal.line("");
        if (showRevision) {
            terminal.line(terminal.dim("revision " + answer.revision() + ", answer " + answer.id()));
        }
    }

    private List<ChatMessage> preamble() {
        return system == null ? List.of() : List.of(message("system", system));
    }

    static ChatMessage message(String role, String content) {
        return ChatMessage.newBuilder().setRole(role).setContent(content).build();
    }
}

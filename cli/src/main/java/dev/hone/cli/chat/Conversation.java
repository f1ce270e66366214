package dev.hone.cli.chat;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.v1.ChatMessage;
import dev.hone.v1.ChatRequest;
import dev.hone.v1.FeedbackRequest;
import dev.hone.v1.FinishReason;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Questions and answers in turn, each answer knowing what was said before. */
final class Conversation {
    private final InferenceClient client;
    private final String model;
    private final List<ChatMessage> preamble;
    private final ChatRequest how;
    private final Terminal terminal;
    private final List<ChatMessage> said = new ArrayList<>();
    private Optional<Answer> last = Optional.empty();

    /** @param how the model, and how it is asked; a name of its own keeps the conversation with one revision while another is tried */
    Conversation(InferenceClient client, ChatRequest how, List<ChatMessage> preamble, Terminal terminal) {
        this.client = client;
        this.model = how.getModel();
        this.preamble = preamble;
        this.how = how.toBuilder().setConversationId(UUID.randomUUID().toString()).build();
        this.terminal = terminal;
        said.addAll(preamble);
    }

    /** Until /quit or the end of the input. */
    void run(BufferedReader input) throws IOException {
        terminal.line(terminal.dim("Talking to " + model + ". /good /bad /correct TEXT /new /quit"));
        for (String line = read(input); line != null && !line.equals("/quit"); line = read(input)) {
            try {
                take(line);
            } catch (Failure e) {
                terminal.line(terminal.bad(e.getMessage()));
            }
        }
    }

    private String read(BufferedReader input) throws IOException {
        terminal.out().print(terminal.interactive() ? terminal.bold("> ") : "");
        terminal.out().flush();
        String line = input.readLine();
        return line == null ? null : line.strip();
    }

    private void take(String line) {
        if (line.isEmpty()) {
            return;
        }
        switch (line.split(" ", 2)[0]) {
            case "/new" -> startOver();
            case "/good" -> judge("good", "");
            case "/bad" -> judge("bad", "");
            case "/correct" -> correct(line.substring("/correct".length()).strip());
            default -> ask(line);
        }
    }

    private void startOver() {
        said.clear();
        said.addAll(preamble);
        last = Optional.empty();
    }

    private void ask(String question) {
        List<ChatMessage> messages = new ArrayList<>(said);
        messages.add(ChatCommand.message("user", question));
        Answer answer = client.chat(how.toBuilder().addAllMessages(messages).build(), piece -> {
            terminal.out().print(piece);
            terminal.out().flush();
        });
        terminal.line(answer.finish() == FinishReason.FINISH_REASON_LENGTH ? terminal.dim(" (cut: the length allowed was reached)") : "");
        tellRevision(answer.revision());
        said.clear();
        said.addAll(messages);
        said.add(ChatCommand.message("assistant", answer.text()));
        last = Optional.of(answer);
    }

    /** Once, and again when another one answers. */
    private void tellRevision(String revision) {
        if (!revision.isEmpty() && !last.map(Answer::revision).equals(Optional.of(revision))) {
            terminal.line(terminal.dim("[revision " + revision + "]"));
        }
    }

    private void correct(String correction) {
        if (correction.isEmpty()) {
            throw new Failure("Expected the right answer after /correct, found nothing.");
        }
        judge("bad", correction);
    }

    private void judge(String verdict, String correction) {
        Answer answer = last.orElseThrow(() -> new Failure("There is no answer to judge yet."));
        client.feedback(FeedbackRequest.newBuilder().setModel(model).setAnswerId(answer.id())
                .addAllMessages(said.subList(0, said.size() - 1)).setAnswer(answer.text())
                .setVerdict(verdict).setCorrection(correction).build());
        terminal.line(terminal.dim("Noted."));
    }
}

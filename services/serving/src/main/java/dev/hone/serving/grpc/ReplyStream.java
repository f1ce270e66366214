package dev.hone.serving.grpc;

import dev.hone.llm.engine.TokenLogprob;
import dev.hone.serving.answer.AnswerSink;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.outlet.PacedWriter;
import dev.hone.v1.FinishReason;
import dev.hone.v1.GenerateReply;
import dev.hone.v1.Usage;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.List;

/** One answer on its way to one client. */
final class ReplyStream implements AnswerSink {
    private final ServerCallStreamObserver<GenerateReply> client;
    private final Call call;
    private final PacedWriter<GenerateReply> writer;
    private volatile Answers.InFlight answer = () -> {};
    private volatile GenerateReply heading = GenerateReply.getDefaultInstance();

    /** To be made on the thread that brings the request. */
    ReplyStream(ServerCallStreamObserver<GenerateReply> client, Call call) {
        this.client = client;
        this.call = call;
        this.writer = new PacedWriter<>(call.thread(), outlet(client, call), PacedWriter.USUAL_BOUND, this::tooSlow);
        client.setOnReadyHandler(writer::ready);
        call.lifetime().whenAbandoned(writer::abandon);
    }

    private static PacedWriter.Outlet<GenerateReply> outlet(ServerCallStreamObserver<GenerateReply> client, Call call) {
        return new PacedWriter.Outlet<>() {
            @Override
            public boolean isReady() {
                return client.isReady() || call.lifetime().isAbandoned();
            }

            @Override
            public void write(GenerateReply piece) {
                if (!call.lifetime().isAbandoned()) {
                    client.onNext(piece);
                }
            }
        };
    }

    /** What to stop when nobody reads any more. */
    void of(Answers.InFlight asked) {
        answer = asked;
        call.lifetime().whenAbandoned(asked::cancel);
    }

    @Override
    public void begin(String answerId, String model, String revision) {
        heading = GenerateReply.newBuilder().setAnswerId(answerId).setRevision(revision).build();
    }

    @Override
    public void prompt(List<TokenLogprob> tokens) {
        send(heading.toBuilder().addAllPromptTokens(Tokens.of(tokens)).build());
    }

    @Override
    public void piece(String text, List<TokenLogprob> tokens) {
        if (!text.isEmpty() || !tokens.isEmpty()) {
            send(heading.toBuilder().setText(text).addAllTokens(Tokens.of(tokens)).build());
        }
    }

    @Override
    public void end(dev.hone.llm.generate.FinishReason finish, int promptTokens, int completionTokens) {
        send(heading.toBuilder().setFinishReason(reason(finish))
                .setUsage(Usage.newBuilder().setPromptTokens(promptTokens).setCompletionTokens(completionTokens)).build());
        writer.end(() -> {
            if (!call.lifetime().isAbandoned()) {
                client.onCompleted();
            }
        });
    }

    @Override
    public void refused(Refusal refusal) {
        writer.end(() -> {
            if (!call.lifetime().isAbandoned()) {
                client.onError(Statuses.of(refusal));
            }
        });
    }

    private void send(GenerateReply piece) {
        writer.send(piece, piece.getSerializedSize());
    }

    private void tooSlow() {
        answer.cancel();
        client.onError(Status.RESOURCE_EXHAUSTED.withDescription("The answer was made faster than it was read, and " + PacedWriter.USUAL_BOUND
                + " bytes of it waited. Read it as it comes.").asRuntimeException());
    }

    private static FinishReason reason(dev.hone.llm.generate.FinishReason finish) {
        return finish == dev.hone.llm.generate.FinishReason.STOP ? FinishReason.FINISH_REASON_STOP : FinishReason.FINISH_REASON_LENGTH;
    }
}

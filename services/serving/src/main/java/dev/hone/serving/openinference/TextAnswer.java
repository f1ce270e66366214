package dev.hone.serving.openinference;

import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.FinishReason;
import dev.hone.openinference.InferParameter;
import dev.hone.openinference.InferTensorContents;
import dev.hone.openinference.ModelInferRequest;
import dev.hone.openinference.ModelInferResponse;
import dev.hone.serving.answer.AnswerSink;
import dev.hone.serving.answer.Refusal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * One text's answer, whole or in parts, and how answers are told.
 *
 * @param last whether no more of it comes
 */
record TextAnswer(String text, String id, String revision, String finish, int promptTokens, int completionTokens, boolean last) {

    /** @param answers to one request's texts, in their order */
    static ModelInferResponse response(ModelInferRequest request, boolean raw, List<TextAnswer> answers) {
        TextAnswer first = answers.getFirst();
        ModelInferResponse.Builder response = ModelInferResponse.newBuilder().setModelName(request.getModelName()).setModelVersion(first.revision()).setId(request.getId());
        Set<String> wanted = new HashSet<>();
        request.getOutputsList().forEach(output -> wanted.add(output.getName()));
        output(response, raw, wanted, "text_output", answers.stream().map(TextAnswer::text).toList());
        output(response, raw, wanted, "answer_id", answers.stream().map(TextAnswer::id).toList());
        output(response, raw, wanted, "finish_reason", answers.stream().map(TextAnswer::finish).toList());
        response.putParameters("answer_id", text(first.id())).putParameters("revision", text(first.revision()));
        if (first.last()) {
            response.putParameters("prompt_tokens", number(answers.stream().mapToInt(TextAnswer::promptTokens).sum()))
                    .putParameters("completion_tokens", number(answers.stream().mapToInt(TextAnswer::completionTokens).sum()));
        }
        return response.build();
    }

    private static void output(ModelInferResponse.Builder response, boolean raw, Set<String> wanted, String name, List<String> texts) {
        if (!wanted.isEmpty() && !wanted.contains(name)) {
            return;
        }
        ModelInferResponse.InferOutputTensor.Builder tensor = response.addOutputsBuilder().setName(name).setDatatype(Tensors.BYTES).addShape(texts.size());
        if (raw) {
            response.addRawOutputContents(Tensors.packed(texts));
        } else {
            InferTensorContents.Builder contents = tensor.getContentsBuilder();
            texts.forEach(text -> contents.addBytesContents(com.google.protobuf.ByteString.copyFromUtf8(text)));
        }
    }

    static InferParameter truth(boolean value) {
        return InferParameter.newBuilder().setBoolParam(value).build();
    }

    private static InferParameter text(String value) {
        return InferParameter.newBuilder().setStringParam(value).build();
    }

    private static InferParameter number(long value) {
        return InferParameter.newBuilder().setInt64Param(value).build();
    }

    /** Makes them of what the engine tells. */
    static final class Sink implements AnswerSink {
        private final String version;
        private final CompletableFuture<TextAnswer> whole;
        private final Consumer<TextAnswer> parts;
        private final StringBuilder text;
        private final List<String> heading = new ArrayList<>(List.of("", ""));

        /**
         * @param version the only revision that may answer; empty: any
         * @param parts told as they come; null: the whole is wanted
         */
        Sink(String version, String prefix, CompletableFuture<TextAnswer> whole, Consumer<TextAnswer> parts) {
            this.version = version;
            this.whole = whole;
            this.parts = parts;
            this.text = new StringBuilder(prefix);
        }

        @Override
        public void begin(String answerId, String model, String revision) {
            heading.set(0, answerId);
            heading.set(1, revision);
            if (!version.isEmpty() && !version.equals(revision)) {
                whole.completeExceptionally(new Refusal(Refusal.Code.UNAVAILABLE, "Version " + version + " was asked for and the registry chose " + revision
                        + ": a new revision is being tried. Leave model_version empty, or ask again.", "model_version"));
            }
        }

        @Override
        public void piece(String piece, List<TokenLogprob> tokens) {
            text.append(piece);
            if (parts != null && !text.isEmpty() && !whole.isDone()) {
                parts.accept(part("", 0, 0, false));
            }
        }

        private TextAnswer part(String finish, int promptTokens, int completionTokens, boolean last) {
            TextAnswer part = new TextAnswer(text.toString(), heading.get(0), heading.get(1), finish, promptTokens, completionTokens, last);
            text.setLength(0);
            return part;
        }

        @Override
        public void end(FinishReason finish, int promptTokens, int completionTokens) {
            whole.complete(part(finish == FinishReason.LENGTH ? "length" : "stop", promptTokens, completionTokens, true));
        }

        @Override
        public void refused(Refusal refusal) {
            whole.completeExceptionally(refusal);
        }
    }
}

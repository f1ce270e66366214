package dev.hone.serving.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.serving.access.Guard;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.openai.Choices.Choice;
import dev.hone.serving.openai.Choices.Whole;
import dev.hone.serving.request.Batch;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/** All choices of one request, answered whole or in events. Used on the request's event loop. */
final class Asking {
    private final Guard guard;
    private final Exchange exchange;
    private final Choices form;
    private final List<Choice> choices;
    private final String model;
    private final boolean streamed;
    private final boolean usageWanted;
    private final long created;
    private String id = "";
    private String revision = "";

    /** @param created seconds since 1970 */
    Asking(Guard guard, Exchange exchange, Choices form, List<Choice> choices, boolean streamed, boolean usageWanted, long created) {
        this.guard = guard;
        this.exchange = exchange;
        this.form = form;
        this.choices = choices;
        this.model = choices.getFirst().question().model();
        this.streamed = streamed;
        this.usageWanted = usageWanted;
        this.created = created;
    }

    void start() {
        CompletableFuture<List<Whole>> answers = Batch.each(choices, this::ask);
        exchange.whenGone(() -> answers.cancel(true));
        if (streamed) {
            answers.whenComplete((all, failure) -> exchange.run(() -> close(all, failure)));
        } else {
            exchange.reply(answers.thenApply(this::body));
        }
    }

    private CompletableFuture<Whole> ask(Choice choice) {
        CompletableFuture<Whole> whole = new CompletableFuture<>();
        Answers.InFlight inFlight = guard.ask(choice.question(), new ChoiceSink(choice, whole, streamed ? this : null));
        whole.whenComplete((answer, failure) -> {
            if (failure instanceof CancellationException) {
                inFlight.cancel();
            }
        });
        return whole;
    }

    /** From the thread that makes the answer: what is said about it leaves on the event loop. */
    void emit(ChoiceSink from, java.util.function.Supplier<ObjectNode> choice) {
        exchange.run(() -> {
            if (id.isEmpty()) {
                id = from.id();
                revision = from.revision();
                exchange.stream(from::abandon);
            }
            ObjectNode event = heading();
            ObjectNode told = choice.get();
            told(from, told);
            event.putArray("choices").add(told);
            if (usageWanted) {
                event.putNull("usage");
            }
            exchange.send(event);
        });
    }

    /** Ends the choice after all that it emitted. */
    void ended(CompletableFuture<Whole> whole, Whole answer) {
        exchange.run(() -> whole.complete(answer));
    }

    Choices form() {
        return form;
    }

    private void told(ChoiceSink from, ObjectNode choice) {
        if (choices.size() > 1) {
            choice.put("answer_id", from.id());
        }
    }

    private void close(List<Whole> all, Throwable failure) {
        if (failure != null) {
            exchange.refuse(failure);
            return;
        }
        if (usageWanted) {
            ObjectNode event = heading();
            event.putArray("choices");
            event.set("usage", usage(all));
            exchange.send(event);
        }
        exchange.done();
    }

    private ObjectNode body(List<Whole> all) {
        id = all.getFirst().id();
        revision = all.getFirst().revision();
        ObjectNode body = heading();
        ArrayNode told = body.putArray("choices");
        for (Whole answer : all) {
            ObjectNode choice = form.whole(answer);
            if (all.size() > 1) {
                choice.put("answer_id", answer.id());
            }
            told.add(choice);
        }
        body.set("usage", usage(all));
        return body;
    }

    private ObjectNode heading() {
        return JsonNodeFactory.instance.objectNode().put("id", id).put("object", form.object(streamed)).put("created", created)
                .put("model", model).put("system_fingerprint", revision);
    }

    /** A prompt that several choices share counts once, as OpenAI counts it. */
    private static ObjectNode usage(List<Whole> all) {
        int prompt = 0;
        int completion = 0;
        Object counted = null;
        for (Whole answer : all) {
            Object asked = answer.choice().question().prompt();
            prompt += asked == counted ? 0 : answer.promptTokens();
            counted = asked;
            completion += answer.completionTokens();
        }
        return JsonNodeFactory.instance.objectNode().put("prompt_tokens", prompt).put("completion_tokens", completion).put("total_tokens", prompt + completion);
    }
}

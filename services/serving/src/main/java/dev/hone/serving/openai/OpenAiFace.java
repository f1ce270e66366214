package dev.hone.serving.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.events.EventJson;
import dev.hone.events.InvalidEvent;
import dev.hone.serving.access.Guard;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.request.Fields;
import dev.hone.v1.FeedbackRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** The paths below {@code /v1}. */
public final class OpenAiFace {
    /** Longer than any context's text. */
    private static final long MOST_BYTES = 32 << 20;
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Guard guard;
    private final Function<RoutingContext, CompletionStage<Caller>> callers;
    private final Requests requests;

    /**
     * @param callers who sent a request; fails with a {@link Refusal}
     * @param mostTokens of an answer, whatever a request asks for
     */
    public OpenAiFace(Guard guard, Function<RoutingContext, CompletionStage<Caller>> callers, int mostTokens) {
        this.guard = guard;
        this.callers = callers;
        this.requests = new Requests(mostTokens);
    }

    private interface Work {
        void begin(Exchange exchange, Fields fields, Caller caller) throws Refusal;
    }

    public void mount(Router router) {
        post(router, "/v1/chat/completions", (exchange, fields, caller) ->
                new Asking(guard, exchange, new ChatForm(), requests.chat(fields, caller), streamed(fields), usageWanted(fields), now()).start());
        post(router, "/v1/completions", (exchange, fields, caller) -> new Asking(guard, exchange, new CompletionForm(fields.flag("echo"), fields.has("logprobs")),
                requests.completions(fields, caller), streamed(fields), usageWanted(fields), now()).start());
        post(router, "/v1/embeddings", (exchange, fields, caller) -> Embeddings.ask(guard, exchange, fields, caller));
        post(router, "/v1/feedback", this::feedback);
        get(router, "/v1/models", (http, caller) -> Models.list(guard.models(caller)));
        // names may have slashes
        get(router, "/v1/models/*", (http, caller) -> Models.one(guard.models(caller), http.pathParam("*")));
        router.route("/v1/*").handler(http -> new Exchange(http).refuse(new Refusal(Refusal.Code.NOT_FOUND,
                "There is no " + http.request().method() + " " + http.request().path() + " here. See docs/serving-api.md for what there is.", "path")));
    }

    private void post(Router router, String path, Work work) {
        router.post(path).handler(BodyHandler.create(false).setBodyLimit(MOST_BYTES)).handler(http -> {
            Exchange exchange = new Exchange(http);
            admitted(exchange, http, caller -> work.begin(exchange, fields(http), caller));
        }).failureHandler(OpenAiFace::failed);
    }

    private interface Reading {
        ObjectNode read(RoutingContext http, Caller caller) throws Refusal;
    }

    private void get(Router router, String path, Reading reading) {
        router.get(path).handler(http -> {
            Exchange exchange = new Exchange(http);
            admitted(exchange, http, caller -> exchange.reply(CompletableFuture.completedFuture(reading.read(http, caller))));
        });
    }

    private interface Admitted {
        void go(Caller caller) throws Refusal;
    }

    private void admitted(Exchange exchange, RoutingContext http, Admitted work) {
        callers.apply(http).whenComplete((caller, failure) -> exchange.run(() -> {
            try {
                if (failure != null) {
                    exchange.refuse(failure);
                    return;
                }
                work.go(caller);
            } catch (Refusal | RuntimeException e) {
                exchange.refuse(e);
            }
        }));
    }

    /** What the body's reader refuses: a body that is too long. */
    private static void failed(RoutingContext http) {
        if (http.statusCode() == 413) {
            new Exchange(http).refuse(Fields.invalid("", "Expected a body of at most " + MOST_BYTES + " bytes, found a longer one."));
        } else {
            new Exchange(http).refuse(http.failure() == null ? new IllegalStateException("status " + http.statusCode()) : http.failure());
        }
    }

    private static Fields fields(RoutingContext http) throws Refusal {
        try {
            byte[] body = http.body().buffer() == null ? new byte[0] : http.body().buffer().getBytes();
            if (JSON.readTree(body) instanceof ObjectNode object) {
                return new Fields(object);
            }
            throw Fields.invalid("", "Expected a JSON object as the body, found something else.");
        } catch (JsonProcessingException e) {
            throw Fields.invalid("", "Expected a JSON object as the body, found none: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new IllegalStateException("bytes in memory can always be read", e);
        }
    }

    private static boolean streamed(Fields fields) throws Refusal {
        return fields.flag("stream");
    }

    private static boolean usageWanted(Fields fields) throws Refusal {
        return fields.object("stream_options").isPresent() && fields.object("stream_options").get().flag("include_usage");
    }

    /** The fields of hone.v1.FeedbackRequest; {@code id} stands for {@code answer_id}, as that is what OpenAI's answers call it. */
    private void feedback(Exchange exchange, Fields fields, Caller caller) throws Refusal {
        ObjectNode json = fields.json();
        if (json.has("id") && !json.has("answer_id")) {
            json.set("answer_id", json.remove("id"));
        }
        try {
            FeedbackRequest feedback = EventJson.parse(json.toString(), FeedbackRequest.getDefaultInstance());
            exchange.reply(guard.feedback(caller, feedback).thenApply(id -> JsonNodeFactory.instance.objectNode().put("event_id", id)));
        } catch (InvalidEvent e) {
            throw Fields.invalid("", e.getMessage());
        }
    }

    private static long now() {
        return System.currentTimeMillis() / 1000;
    }
}

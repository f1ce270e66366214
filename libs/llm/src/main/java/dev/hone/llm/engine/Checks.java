package dev.hone.llm.engine;

import dev.hone.llm.forward.KvBlocks;
import java.util.List;

/** What may be asked of a model. Each check throws an {@link IllegalArgumentException} with a sentence for whoever asks. */
final class Checks {
    private Checks() {}

    static void ask(Ask ask, HostedModel model) {
        text(ask.prompt(), model);
        if (ask.prompt().length >= model.contextLength()) {
            throw new IllegalArgumentException("The prompt has " + ask.prompt().length + " tokens, and the model reads " + model.contextLength() + " with the answer. Shorten the prompt.");
        }
        if (ask.logprobs() < -1) {
            throw new IllegalArgumentException("Expected 0 or more alternatives to be told with each token, or -1 for nothing to be told of tokens, found " + ask.logprobs() + ".");
        }
        for (int token : ask.sampling().logitBias().keySet()) {
            if (token >= model.vocabulary()) {
                throw new IllegalArgumentException("Expected a logit_bias of token ids below " + model.vocabulary() + ", found " + token + ".");
            }
        }
    }

    static void score(int[] context, List<int[]> continuations, HostedModel model) {
        text(context, model);
        for (int[] continuation : continuations) {
            tokens(continuation, model);
            fits(context.length + Math.max(0, continuation.length - 1), model);
        }
    }

    static void text(int[] text, HostedModel model) {
        if (text.length == 0) {
            throw new IllegalArgumentException("Expected a prompt of at least one token, found an empty one.");
        }
        tokens(text, model);
        fits(text.length, model);
    }

    private static void tokens(int[] tokens, HostedModel model) {
        for (int token : tokens) {
            if (token < 0 || token >= model.vocabulary()) {
                throw new IllegalArgumentException("Expected token ids from 0 to " + (model.vocabulary() - 1) + ", found " + token + ".");
            }
        }
    }

    private static void fits(int length, HostedModel model) {
        if (length > model.contextLength()) {
            throw new IllegalArgumentException("The text has " + length + " tokens, and the model reads " + model.contextLength() + ". Shorten it.");
        }
        long room = (long) model.lane().pool().count() * KvBlocks.TOKENS;
        if (length > room) {
            throw new IllegalArgumentException("The text has " + length + " tokens, and the cache of keys and values holds " + room + " of this model. Shorten it, or give the service a larger cache.");
        }
    }

    static HostedAdapter adapter(LoadedAdapter adapter, HostedModel model) {
        if (adapter instanceof HostedAdapter hosted && hosted.base() == model) {
            return hosted;
        }
        throw new IllegalArgumentException("Expected an adapter that was loaded for this model, found another's.");
    }
}

package dev.hone.serving.grpc;

import com.google.protobuf.UnsafeByteOperations;
import dev.hone.v1.ContinuationScore;
import dev.hone.v1.TokenLogprob;
import java.util.List;

/** Log-probabilities as our messages have them. */
final class Tokens {
    private Tokens() {}

    static List<TokenLogprob> of(List<dev.hone.llm.engine.TokenLogprob> tokens) {
        return tokens.stream().map(Tokens::of).toList();
    }

    private static TokenLogprob of(dev.hone.llm.engine.TokenLogprob token) {
        TokenLogprob.Builder message = TokenLogprob.newBuilder().setToken(token.token()).setBytes(UnsafeByteOperations.unsafeWrap(token.bytes()))
                .addAllAlternatives(of(token.alternatives()));
        if (!Double.isNaN(token.logprob())) {
            message.setLogprob(token.logprob());
        }
        return message.build();
    }

    /** A continuation is greedy where the likeliest of each place is its own token. */
    static ContinuationScore score(List<dev.hone.llm.engine.TokenLogprob> tokens) {
        return ContinuationScore.newBuilder().setLogprob(tokens.stream().mapToDouble(dev.hone.llm.engine.TokenLogprob::logprob).sum())
                .setGreedy(tokens.stream().allMatch(Tokens::isLikeliest)).addAllTokens(of(tokens)).build();
    }

    private static boolean isLikeliest(dev.hone.llm.engine.TokenLogprob token) {
        return !token.alternatives().isEmpty() && token.alternatives().getFirst().token() == token.token();
    }
}

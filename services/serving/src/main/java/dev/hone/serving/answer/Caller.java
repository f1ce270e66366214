package dev.hone.serving.answer;

/**
 * Who asks.
 *
 * @param name of the API key or the token's subject; {@link #ANYONE}'s where nobody has to say who they are. Never a secret
 */
public record Caller(String name) {
    public static final Caller ANYONE = new Caller("");
}

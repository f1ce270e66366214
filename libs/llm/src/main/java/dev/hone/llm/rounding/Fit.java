package dev.hone.llm.rounding;

/**
 * How the codes of some weights map to values: value = scale · (code − zero).
 *
 * @param scale as it is stored; 0 where every value is 0
 * @param zero the code of exactly 0, signed as the codes; 0 in symmetric schemes
 */
public record Fit(float scale, int zero) {
    float value(int code) {
        return scale * (code - zero);
    }
}

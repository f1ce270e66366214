package dev.hone.llm.engine;

import dev.hone.llm.generate.FinishReason;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The mean of a text's final hidden states, of length 1. Sums run in the tokens' order, so that chunks change nothing. */
final class EmbedTask implements Task {
    private final int length;
    private final Outcome<float[]> outcome;
    private final double[] sum;
    private final Map<Integer, float[]> states = new ConcurrentHashMap<>();
    private int read;

    EmbedTask(int length, int width, Outcome<float[]> outcome) {
        this.length = length;
        this.sum = new double[width];
        this.outcome = outcome;
    }

    @Override
    public int firstWanted() {
        return read;
    }

    @Override
    public boolean wantsHidden() {
        return true;
    }

    @Override
    public void hidden(int position, float[] hidden) {
        if (position >= read) {
            states.put(position, hidden.clone());
        }
    }

    @Override
    public Verdict stepped(int computed) {
        for (; read < computed; read++) {
            float[] state = states.remove(read);
            for (int i = 0; i < sum.length; i++) {
                sum[i] += state[i];
            }
        }
        return read < length ? Verdict.GO_ON : new Verdict.Done(FinishReason.STOP);
    }

    private float[] unit() {
        double squares = 0;
        for (double value : sum) {
            squares += value * value;
        }
        double norm = Math.sqrt(squares);
        float[] unit = new float[sum.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = norm == 0 ? 0 : (float) (sum[i] / norm);
        }
        return unit;
    }

    @Override
    public void end(FinishReason reason) {
        if (reason == FinishReason.STOP) {
            outcome.complete(unit());
        } else {
            outcome.end(reason);
        }
    }

    @Override
    public void fail(Throwable bug) {
        outcome.fail(bug);
    }
}

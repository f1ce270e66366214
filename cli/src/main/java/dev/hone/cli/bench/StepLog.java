package dev.hone.cli.bench;

import dev.hone.llm.engine.EngineObserver;
import dev.hone.llm.engine.LoadedModel;
import java.util.ArrayList;
import java.util.List;

/** When each step of the engine ended, and what it did; pieces of text would not do, as some tokens have none yet. */
final class StepLog implements EngineObserver {
    private record Step(long at, int promptTokens, int answerTokens) {}

    private final List<Step> steps = new ArrayList<>();

    @Override
    public synchronized void stepped(LoadedModel model, int sequences, int promptTokens, int answerTokens, long nanos) {
        steps.add(new Step(System.nanoTime(), promptTokens, answerTokens));
        notifyAll();
    }

    synchronized void clear() {
        steps.clear();
    }

    /** The end of the first step that made a token; an answer may be told before its step is. */
    synchronized long firstToken() throws InterruptedException {
        while (steps.stream().noneMatch(step -> step.answerTokens() > 0)) {
            wait();
        }
        return steps.stream().filter(step -> step.answerTokens() > 0).findFirst().orElseThrow().at();
    }

    /** Tokens per second while so many answers were made side by side and nothing else was done, and how many tokens that was. */
    synchronized Steady steady(int streams) {
        List<Step> full = steps.stream().filter(step -> step.answerTokens() == streams && step.promptTokens() == 0).toList();
        if (full.size() < 2) {
            return new Steady(0, Double.NaN);
        }
        long tokens = (long) streams * (full.size() - 1);
        return new Steady(tokens, tokens / ((full.getLast().at() - full.getFirst().at()) / 1e9));
    }

    record Steady(long tokens, double rate) {}
}

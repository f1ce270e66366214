package dev.hone.llm.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Trains from local files, without any service: the way the project's own base model is made. Ctrl-C saves a checkpoint;
 * the same command goes on from it.
 */
public final class TrainMain {
    private static final String USAGE = "Expected --model DIR --train FILE [--validation FILE] --out DIR --work DIR --recipe FILE.json";

    private TrainMain() {}

    public static void main(String[] arguments) throws IOException {
        Map<String, String> options = options(arguments);
        TrainingRecipe recipe = recipe(Path.of(required(options, "recipe")));
        Path work = Path.of(required(options, "work"));
        String validation = options.get("validation");
        FineTuneSpec spec = new FineTuneSpec(Path.of(required(options, "model")), Path.of(required(options, "train")),
                validation == null ? null : Path.of(validation), Path.of(required(options, "out")), work, recipe);
        AtomicBoolean stop = new AtomicBoolean();
        CountDownLatch done = new CountDownLatch(1);
        // the process must not end while native code computes, so the hook waits for the checkpoint
        Thread hook = new Thread(() -> {
            stop.set(true);
            await(done);
        });
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            System.out.println(FineTune.run(spec, new Printer(), CheckpointStore.local(work.resolve("checkpoints")), stop::get));
        } catch (TrainingInterrupted e) {
            System.out.println(e.getMessage());
        } finally {
            done.countDown();
        }
    }

    private static void await(CountDownLatch done) {
        try {
            done.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Map<String, String> options(String[] arguments) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < arguments.length; i += 2) {
            if (!arguments[i].startsWith("--") || i + 1 == arguments.length) {
                throw new IllegalArgumentException(USAGE + "; found " + List.of(arguments) + ".");
            }
            options.put(arguments[i].substring(2), arguments[i + 1]);
        }
        return options;
    }

    private static String required(Map<String, String> options, String name) {
        if (!options.containsKey(name)) {
            throw new IllegalArgumentException(USAGE + "; --" + name + " is missing.");
        }
        return options.get(name);
    }

    /** A recipe as a JSON object under the event's names: {@code "learning_rate": 0.001}. */
    static TrainingRecipe recipe(Path file) throws IOException {
        return TrainingRecipe.parse(Files.readString(file));
    }

    private record Printer() implements TrainingObserver {
        @Override
        public void step(StepReport r) {
            if (r.step() % 10 == 0 || r.step() == r.totalSteps()) {
                System.out.printf(Locale.ROOT, "step %d/%d  loss %.4f  lr %.2e  norm %.2f  %.0f tokens/s  %.0f s left%n",
                        r.step(), r.totalSteps(), r.loss(), r.learningRate(), r.gradNorm(), r.tokensPerSecond(), r.secondsLeft());
            }
        }

        @Override
        public void validated(ValidationReport r) {
            System.out.printf(Locale.ROOT, "step %d  validation loss %.4f  accuracy %.3f%s%n", r.step(), r.loss(), r.accuracy(), r.best() ? "  best" : "");
        }

        @Override
        public void checkpointed(long step) {
            System.out.println("step " + step + "  checkpoint saved");
        }
    }
}

package dev.hone.llm.train;

import dev.hone.llm.bridge.Torch;
import dev.hone.llm.model.Batch;
import dev.hone.llm.model.Score;
import dev.hone.llm.text.ChatTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The training loop. Killed at any point, a run goes on from its last checkpoint, and its output is equal to the last bit
 * to that of a run that was never killed.
 */
public final class FineTune {
    private static final Logger LOG = LoggerFactory.getLogger(FineTune.class);

    private final FineTuneSpec spec;
    private final TrainingRecipe recipe;
    private final TrainingObserver observer;
    private final CheckpointStore checkpoints;
    private final BooleanSupplier stopRequested;
    private final Trainee trainee;
    private final List<Parameter> parameters;
    private final Optimizer optimizer;
    private final Watchdog watchdog;
    private final TrainingMethod method;
    private final BatchPlan plan;
    private final List<Batch> validation;
    private final LearningRate learningRate;
    private final String fingerprint;
    private final Path best;
    private final Speed speed = new Speed();
    private Progress progress = Progress.START;
    private long savedStep;

    private FineTune(FineTuneSpec spec, TrainingObserver observer, CheckpointStore checkpoints, BooleanSupplier stopRequested, TrainingMethod method, ChatTokenizer tokenizer, Trainee trainee, Optimizer optimizer) throws IOException {
        this.spec = spec;
        this.recipe = spec.recipe();
        this.observer = observer;
        this.checkpoints = checkpoints;
        this.stopRequested = stopRequested;
        this.method = method;
        this.trainee = trainee;
        this.parameters = trainee.parameters();
        this.optimizer = optimizer;
        this.watchdog = new Watchdog(recipe);
        Examples train = Examples.load(spec.trainRows(), tokenizer, recipe, trainee.contextLength());
        this.plan = new BatchPlan(train, recipe);
        this.validation = validation(spec, tokenizer, trainee.contextLength());
        this.learningRate = LearningRate.of(recipe, plan.totalSteps());
        this.fingerprint = Fingerprint.of(spec, tokenizer.sha256());
        this.best = spec.work().resolve("best.safetensors");
    }

    /**
     * Trains from the store's checkpoint, or from the beginning, to the end.
     *
     * @param stopRequested looked at after every micro batch; when true, a checkpoint is saved at once, unless the loss looks
     *     diverged: then the last one from before holds
     * @throws TrainingInterrupted after that
     * @throws TrainingFailed if going on makes no sense: nothing to learn from, a diverged loss, a foreign checkpoint
     */
    public static FineTuneResult run(FineTuneSpec spec, TrainingObserver observer, CheckpointStore checkpoints, BooleanSupplier stopRequested)
            throws TrainingInterrupted, TrainingFailed {
        TrainingMethod method = TrainingMethod.of(spec.recipe());
        try (ChatTokenizer tokenizer = ChatTokenizer.load(spec.baseModel())) {
            Files.createDirectories(spec.work());
            Files.createDirectories(spec.output());
            try (Trainee trainee = method.load(spec); Optimizer optimizer = Optimizer.of(Torch.newManager(), spec.recipe(), trainee.parameters())) {
                return new FineTune(spec, observer, checkpoints, stopRequested, method, tokenizer, trainee, optimizer).train(tokenizer);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read or write the files of the training: " + e.getMessage(), e);
        }
    }

    /** A small dataset's split may leave the validation file empty: that is training without validation. */
    private static List<Batch> validation(FineTuneSpec spec, ChatTokenizer tokenizer, int context) throws IOException {
        if (spec.validationRows() == null || Files.size(spec.validationRows()) == 0) {
            return List.of();
        }
        return BatchPlan.inOrder(Examples.load(spec.validationRows(), tokenizer, spec.recipe(), context), spec.recipe());
    }

    private FineTuneResult train(ChatTokenizer tokenizer) throws IOException {
        long began = System.nanoTime();
        restore();
        LOG.info("Training: step={} totalSteps={} trainableParameters={}", progress.step(), plan.totalSteps(), trainee.trainableParameters());
        while (true) {
            if (validationIsDue()) {
                validate();
            }
            if (progress.step() >= plan.totalSteps() || stoppedEarly()) {
                break;
            }
            step();
        }
        return finish(tokenizer, (System.nanoTime() - began) / 1e9);
    }

    private void restore() throws IOException {
        Files.deleteIfExists(best);
        Optional<Path> checkpoint = checkpoints.restore();
        if (checkpoint.isPresent()) {
            progress = Checkpoint.read(checkpoint.get(), parameters, optimizer, fingerprint, best);
            savedStep = progress.step();
        }
    }

    private void step() throws IOException {
        long began = System.nanoTime();
        List<Batch> batches = plan.microBatches(progress.step());
        double rate = learningRate.at(progress.step());
        double loss = accumulateGradient(batches);
        double norm = optimizer.clip(recipe.maxGradNorm());
        watchdog.look(progress.step() + 1, loss, norm);
        if (checkpointIsDue()) {
            checkpoint();
        }
        optimizer.step(rate);
        long tokens = batches.stream().mapToLong(Batch::tokens).sum();
        progress = progress.stepped(tokens, loss, plan.totalSteps());
        speed.add(tokens, (System.nanoTime() - began) / 1e9);
        observer.step(new StepReport(progress.step(), plan.totalSteps(), loss, rate, norm, speed.tokensPerSecond(),
                speed.secondsFor(plan.totalSteps() - progress.step()), progress.trainedTokens(), progress.validationLoss()));
    }

    /** @return nats per labelled token, or per preference pair */
    private double accumulateGradient(List<Batch> batches) throws IOException {
        long units = batches.stream().mapToLong(Batch::units).sum();
        boolean rounded = progress.step() >= spec.fakeQuantization().afterSteps();
        double loss = 0;
        long seen = 0;
        for (int i = 0; i < batches.size(); i++) {
            loss += trainee.accumulate(batches.get(i), 1.0 / units, dropoutSeed(i), rounded);
            seen += batches.get(i).units();
            if (seen > 0 && stopRequested.getAsBoolean()) {
                optimizer.discard();
                throw interrupted(loss / seen);
            }
        }
        return loss / units;
    }

    /** Differs for every micro batch and leaves room for four numbers per layer; not negative. */
    private long dropoutSeed(int microBatch) {
        long first = recipe.seed() * 1_000_003 + (progress.step() * recipe.gradientAccumulationSteps() + microBatch) * 1024;
        return Math.floorMod(first, 1L << 31);
    }

    private boolean validationIsDue() {
        boolean at = progress.step() == plan.totalSteps() || recipe.evalSteps() > 0 && progress.step() > 0 && progress.step() % recipe.evalSteps() == 0;
        return at && !validation.isEmpty() && progress.validatedAt() < progress.step();
    }

    private void validate() throws IOException {
        Score score = Score.NONE;
        for (Batch batch : validation) {
            score = score.plus(trainee.score(batch));
            if (stopRequested.getAsBoolean()) {
                throw interrupted(score.meanLoss());
            }
        }
        Watchdog.lookAtValidation(progress.step(), score.meanLoss());
        boolean improved = progress.improvedBy(score.meanLoss());
        progress = progress.validated(score.meanLoss());
        if (improved && keepsBest()) {
            Checkpoint.writeValues(best, parameters);
        }
        observer.validated(new ValidationReport(progress.step(), score.meanLoss(), (double) score.correct() / score.tokens(), improved));
    }

    private boolean keepsBest() {
        return recipe.loadBestModelAtEnd();
    }

    private boolean stoppedEarly() {
        return recipe.earlyStoppingPatience() > 0 && progress.worse() >= recipe.earlyStoppingPatience();
    }

    /** Asked when the next step's loss is known and before it moves the weights: that loss is what vouches for them. */
    private boolean checkpointIsDue() {
        return recipe.saveSteps() > 0 && progress.step() % recipe.saveSteps() == 0 && progress.step() > savedStep && watchdog.calm();
    }

    private void checkpoint() throws IOException {
        Path directory = spec.work().resolve("checkpoint");
        Checkpoint.write(directory, parameters, optimizer, progress, fingerprint, best);
        checkpoints.save(progress.step(), directory);
        Directories.delete(directory);
        savedStep = progress.step();
        observer.checkpointed(savedStep);
    }

    /** @param loss of the weights as they are, on some rows */
    private TrainingInterrupted interrupted(double loss) throws IOException {
        if (watchdog.trusts(loss)) {
            checkpoint();
        }
        return new TrainingInterrupted(progress.step());
    }

    private FineTuneResult finish(ChatTokenizer tokenizer, double seconds) throws IOException {
        boolean kept = keepsBest() && progress.bestStep() >= 0;
        if (!kept) {
            Checkpoint.writeValues(best, parameters);
        }
        Map<String, float[]> values = Checkpoint.readValues(best);
        method.write(spec, values, tokenizer.sha256());
        Files.delete(best);
        return new FineTuneResult(spec.output(), progress.step(), progress.trainLoss(),
                kept ? progress.bestLoss() : progress.validationLoss(), progress.trainedTokens(), seconds, trainee.trainableParameters(),
                kept ? progress.bestStep() : progress.step(), stoppedEarly(), ResidentMemory.peakBytes());
    }
}

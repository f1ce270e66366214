package dev.hone.cli.train;

import dev.hone.cli.console.Failure;
import dev.hone.cli.work.Folders;
import dev.hone.llm.estimate.Forecast;
import dev.hone.llm.estimate.ProcessMemory;
import dev.hone.llm.train.CheckpointStore;
import dev.hone.llm.train.FineTune;
import dev.hone.llm.train.FineTuneResult;
import dev.hone.llm.train.FineTuneSpec;
import dev.hone.llm.train.TrainingFailed;
import dev.hone.llm.train.TrainingInterrupted;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;

/** A run on this machine from its files to its adapter: what the training Job does, without the store. */
record LocalRun(FineTuneSpec spec, Screen screen, BooleanSupplier stop) {
    /** What a shell gives a command that Ctrl-C ended. */
    static final int INTERRUPTED = 130;

    /** @return the exit code */
    int train() throws IOException {
        return train(ProcessMemory.here().available());
    }

    /** @param available bytes that the process may hold */
    int train(OptionalDouble available) throws IOException {
        try {
            Forecast forecast = Forecast.of(spec);
            screen.predicted(forecast.estimate());
            forecast.requireFits(available);
            FineTuneResult result = FineTune.run(spec, screen, CheckpointStore.local(checkpoints(spec.work())), stop);
            screen.done(result, forecast.estimate());
            Folders.delete(spec.work());
            return 0;
        } catch (TrainingInterrupted e) {
            screen.interrupted(e.step());
            return INTERRUPTED;
        } catch (TrainingFailed e) {
            screen.failed(e.code(), e.getMessage());
            throw new Failure(e.getMessage(), e);
        }
    }

    static Path checkpoints(Path work) {
        return work.resolve("checkpoints");
    }
}

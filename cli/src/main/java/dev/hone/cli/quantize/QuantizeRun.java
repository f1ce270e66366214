package dev.hone.cli.quantize;

import dev.hone.cli.console.Failure;
import dev.hone.cli.work.Folders;
import dev.hone.llm.data.RowException;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.quant.Quantization;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.quant.QuantizationInterrupted;
import dev.hone.llm.quant.QuantizationReport;
import dev.hone.llm.quant.QuantizationSpec;
import dev.hone.llm.train.TrainingFailed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * A quantization on this machine: what the Job does, without the store. Until it has ended everything lies in the scratch
 * folder, so that nothing half-written is taken for a model.
 *
 * @param work the scratch folder: rows, what is being made, checkpoints
 */
record QuantizeRun(QuantizationSpec spec, Placement places, Path work, QuantizeScreen screen, BooleanSupplier stop) {
    /** What a shell gives a command that Ctrl-C ended. */
    static final int INTERRUPTED = 130;
    private static final String CHECKPOINTS = "checkpoints";
    private static final Set<String> MISUSE = Set.of("unknown_scheme", "no_schemes", "group_size", "budget", "unknown_export");

    /** @return the exit code */
    int run() throws IOException {
        boolean keeps = false;
        try {
            QuantizationReport report = Quantization.run(spec, screen, stop);
            places.publish();
            screen.done(report, places);
            return 0;
        } catch (QuantizationInterrupted e) {
            keeps = Folders.holdsSomething(work.resolve(CHECKPOINTS));
            screen.stopped(keeps);
            return INTERRUPTED;
        } catch (QuantizationFailed e) {
            throw failure(e.code(), e);
        } catch (TrainingFailed e) {
            throw failure(e.code(), e);
        } catch (FormatException | RowException e) {
            throw failure("invalid_input", e);
        } finally {
            clear(work, keeps);
        }
    }

    /** What options or files cannot be, found before anything is computed. */
    static Failure misused(QuantizeScreen screen, RuntimeException e) {
        screen.failed(e instanceof QuantizationFailed failed ? failed.code() : "invalid_input", e.getMessage());
        return new Failure(Failure.USAGE, e.getMessage());
    }

    private Failure failure(String code, RuntimeException e) {
        screen.failed(code, e.getMessage());
        return MISUSE.contains(code) ? new Failure(Failure.USAGE, e.getMessage()) : new Failure(e.getMessage(), e);
    }

    /**
     * Deletes what such a run puts into a scratch folder, and the folder where nothing else is in it: it may be somebody's own.
     *
     * @param keepCheckpoints whether the same command shall go on from them
     */
    static void clear(Path work, boolean keepCheckpoints) throws IOException {
        Folders.delete(rows(work));
        Folders.delete(made(work));
        if (!keepCheckpoints) {
            Folders.delete(work.resolve(CHECKPOINTS));
        }
        Folders.deleteIfEmpty(work);
    }

    static Path rows(Path work) {
        return work.resolve("data");
    }

    static Path made(Path work) {
        return work.resolve("made");
    }

    static Path checkpoints(Path work, String scheme) {
        return work.resolve(CHECKPOINTS).resolve(scheme);
    }
}

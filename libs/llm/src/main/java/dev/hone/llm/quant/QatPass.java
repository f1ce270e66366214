package dev.hone.llm.quant;

import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.layout.Folders;
import dev.hone.llm.layout.ModelWriter;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.rounding.Scheme;
import dev.hone.llm.train.FakeQuantization;
import dev.hone.llm.train.FineTune;
import dev.hone.llm.train.FineTuneSpec;
import dev.hone.llm.train.TrainingFailed;
import dev.hone.llm.train.TrainingInterrupted;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Lets the merged model learn on with rounded weights, and rounds what it has become to nearest, which is what it learned for. */
final class QatPass {
    private final Scheme scheme;
    private final QuantizationSpec spec;
    private final TrainedModel model;
    private final List<int[]> calibration;
    private final QuantizationObserver observer;
    private final BooleanSupplier stop;

    QatPass(Scheme scheme, QuantizationSpec spec, TrainedModel model, List<int[]> calibration, QuantizationObserver observer, BooleanSupplier stop) {
        this.scheme = scheme;
        this.spec = spec;
        this.model = model;
        this.calibration = calibration;
        this.observer = observer;
        this.stop = stop;
        if (spec.qat() == null || spec.rows().calibration() == null) {
            throw new QuantizationFailed("no_qat", "The scheme " + scheme.label() + " learns with rounded weights: expected "
                    + (spec.qat() == null ? "a qat block in the recipe that says how" : "rows to learn from") + ", found none.");
        }
    }

    SchemeReport run(Path directory) {
        Path work = spec.output().resolve(scheme.label() + ".work");
        Path start = start(work);
        Path learned = work.resolve("learned");
        learn(start, learned, work.resolve("training"));
        SchemeReport report;
        try (TrainedModel rounded = TrainedModel.open(start, learned)) {
            report = new SchemePass(scheme, spec, rounded, calibration, observer, stop).run(directory);
        }
        Folders.delete(work);
        return report;
    }

    private Path start(Path work) {
        if (!AdapterFiles.existsIn(spec.adapter())) {
            return model.directory();
        }
        Path merged = work.resolve("merged");
        Merge.run(spec.baseModel(), spec.adapter(), merged);
        return merged;
    }

    private void learn(Path start, Path learned, Path training) {
        Qat qat = spec.qat();
        FakeQuantization fake = new FakeQuantization(scheme.bits(), scheme.group(), scheme.activationBits(), spec.quantizeEmbeddings() && ModelWriter.holdsEmbedding(scheme, spec.layout()), qat.afterSteps());
        // no validation: the held-out rows are to stay unseen
        FineTuneSpec fineTune = new FineTuneSpec(start, spec.rows().calibration(), null, learned, training, qat.training(), fake);
        try {
            FineTune.run(fineTune, qat.observer(), qat.checkpoints().apply(scheme.label()), stop);
        } catch (TrainingInterrupted e) {
            throw new QuantizationInterrupted();
        } catch (TrainingFailed e) {
            throw new TrainingFailed(e.code(), "Learning for " + scheme.label() + " failed: " + e.getMessage(), e.userError());
        }
    }
}

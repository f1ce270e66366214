package dev.hone.cli.quantize;

import dev.hone.llm.quant.QuantizationObserver;
import dev.hone.llm.quant.QuantizationReport;
import dev.hone.llm.train.TrainingObserver;
import java.util.List;

/** What somebody, or a program, sees of a quantization. */
interface QuantizeScreen extends QuantizationObserver {
    /** Something that the options or the rows made worth saying. */
    void note(String sentence);

    /** @param wanted schemes and exports */
    void begins(String model, List<String> wanted);

    /** Hears of the training of schemes that learn. */
    TrainingObserver training();

    /** It was asked to stop. */
    void stopping();

    /** @param checkpoint whether there is one of a training, from which the same command goes on */
    void stopped(boolean checkpoint);

    void failed(String code, String sentence);

    void done(QuantizationReport report, Placement places);
}

package dev.hone.cli.quantize;

import dev.hone.cli.console.Figures;
import dev.hone.cli.work.LocalData;
import dev.hone.cli.work.RowFile;
import dev.hone.cli.work.RowSample;
import dev.hone.llm.quant.QuantizationSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The rows that schemes may look at, and those that models are compared on; no question is among both.
 *
 * @param learnable what the calibration file came to; empty where none was named
 * @param notes what was left out, and what was taken for what
 */
record QuantizeRows(QuantizationSpec.Rows rows, Optional<LocalData> learnable, List<String> notes) {
    /** Of the calibration file, where no other rows to compare on are named. */
    private static final double HELD_OUT_SHARE = 0.1;

    /**
     * What was asked for.
     *
     * @param calibration null for none
     * @param heldOut null: a share of the calibration file
     */
    record Asked(RowFile calibration, int calibrationRows, RowFile heldOut, int heldOutTokens) {}

    /** @param work gets the rows as the library reads them */
    static QuantizeRows prepare(Asked asked, Path model, Path work, Path rejected) throws IOException {
        if (asked.calibration == null && asked.heldOut == null) {
            return new QuantizeRows(QuantizationSpec.Rows.NONE, Optional.empty(),
                    List.of("No rows are named, so nothing is calibrated and nothing compared with the original. Name some with --calibration FILE."));
        }
        return asked.calibration == null ? heldOutOnly(asked, model, work, rejected) : both(asked, model, work, rejected);
    }

    private static QuantizeRows heldOutOnly(Asked asked, Path model, Path work, Path rejected) throws IOException {
        LocalData data = LocalData.prepare(List.of(asked.heldOut), List.of(), model, OptionalInt.empty(), 0, work, rejected);
        RowSample.mix(data.train());
        return new QuantizeRows(new QuantizationSpec.Rows(null, 0, data.train(), asked.heldOutTokens), Optional.empty(), data.notes());
    }

    private static QuantizeRows both(Asked asked, Path model, Path work, Path rejected) throws IOException {
        double share = asked.heldOut == null && asked.heldOutTokens > 0 ? HELD_OUT_SHARE : 0;
        List<RowFile> held = asked.heldOut == null ? List.of() : List.of(asked.heldOut);
        LocalData data = LocalData.prepare(List.of(asked.calibration), held, model, OptionalInt.empty(), share, work, rejected);
        RowSample.mix(data.train());
        if (data.validation() != null) {
            RowSample.mix(data.validation());
        }
        List<String> notes = new ArrayList<>(data.notes());
        if (share > 0) {
            notes.add(heldOutNote(asked.calibration.file(), data));
        }
        return new QuantizeRows(new QuantizationSpec.Rows(data.train(), asked.calibrationRows, data.validation(), asked.heldOutTokens), Optional.of(data), notes);
    }

    private static String heldOutNote(Path file, LocalData data) {
        return data.validation() == null
                ? file + " has too few rows to hold some out, so nothing is compared with the original. Name rows to compare on with --heldout FILE."
                : Figures.whole(data.validationRows()) + " rows of " + file + " are held out to compare on, " + Figures.whole(data.trainRows())
                        + " may be looked at. Name others to compare on with --heldout FILE.";
    }
}

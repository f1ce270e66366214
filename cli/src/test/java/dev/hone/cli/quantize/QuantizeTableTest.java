package dev.hone.cli.quantize;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hone.llm.quant.ExportReport;
import dev.hone.llm.quant.Fidelity;
import dev.hone.llm.quant.LayerReport;
import dev.hone.llm.quant.QuantizationReport;
import dev.hone.llm.quant.SchemeReport;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuantizeTableTest {
    private static final LayerReport FINE = new LayerReport("layers.0.q_proj", 1e-4, 2e-5, 4.5, "");

    private static LayerReport fallen(String name) {
        return new LayerReport(name, 1e-2, 4e-3, 4.5, "rounded to nearest: the damped Hessian has no Cholesky factor");
    }

    private static SchemeReport scheme(String name, Fidelity fidelity, boolean within, LayerReport... layers) {
        return new SchemeReport(name, Path.of("made", name), 4_400_000, 4.5, List.of(layers), fidelity, within);
    }

    private static QuantizationReport report(List<SchemeReport> schemes, List<ExportReport> exports) {
        return new QuantizationReport(schemes, "int4-gptq", exports, null, "as told", 32, 64, 2000, 10_361_344);
    }

    @Test
    void givenAComparison_whenPrinted_thenTheMergedModelStandsAboveAndTheBudgetAtTheEnd() {
        Fidelity fidelity = new Fidelity(2.39044, 2.38588, 1.284e-3, 0.0923, 0.997, 4000);
        QuantizationReport report = report(List.of(scheme("int4-gptq", fidelity, false, FINE, FINE)), List.of(new ExportReport("gguf-q4_k", Path.of("made/gguf-q4_k"), 6_000_000, 3.2e-3, List.of("Q6_K holds the head."))));
        assertEquals(List.of(
                "scheme           size  bits/weight  weight error  output error  perplexity   mean KL  p99.9 KL  same top  within budget",
                "merged, bf16  10.4 MB        16.00             -             -      2.3859         -         -         -",
                "int4-gptq      4.4 MB         4.50      1.00e-04      2.00e-05      2.3904  1.28e-03  9.23e-02    99.7 %             no",
                "gguf-q4_k      6.0 MB            -      3.20e-03             -           -         -         -         -"), new QuantizeTable(report, true).lines());
    }

    @Test
    void givenNoRowsAndNoBudget_whenPrinted_thenWhatWasNotMeasuredIsADash() {
        SchemeReport plain = scheme("int8", null, true, new LayerReport("layers.0.q_proj", 1e-4, Double.NaN, 8.05, ""));
        assertEquals(List.of(
                "scheme           size  bits/weight  weight error  output error  perplexity  mean KL  p99.9 KL  same top",
                "merged, bf16  10.4 MB        16.00             -             -           -        -         -         -",
                "int8           4.4 MB         4.50      1.00e-04             -           -        -         -         -"),
                new QuantizeTable(report(List.of(plain), List.of()), false).lines());
    }

    @Test
    void givenOnlyExports_whenPrinted_thenTheTableIsTheirs() {
        assertEquals(List.of("export       size  weight error", "gguf-f16  11.0 MB             0"),
                new QuantizeTable(report(List.of(), List.of(new ExportReport("gguf-f16", Path.of("m"), 11_000_000, 0, List.of()))), false).lines());
    }

    @Test
    void givenModulesThatFellBack_whenTold_thenTheReasonStandsOnceWithTheFirstNames() {
        SchemeReport scheme = scheme("int4-gptq", null, true, FINE, fallen("a"), fallen("b"), fallen("c"), fallen("d"));
        assertEquals(List.of("int4-gptq, a, b, c and 1 more: rounded to nearest: the damped Hessian has no Cholesky factor"),
                new QuantizeTable(report(List.of(scheme), List.of()), false).notes());
        assertEquals(List.of("gguf-q4_k: Q6_K holds the head."),
                new QuantizeTable(report(List.of(), List.of(new ExportReport("gguf-q4_k", Path.of("m"), 1, 0, List.of("Q6_K holds the head.")))), false).notes());
        assertEquals(List.of("int4-gptq: a, output error 4.00e-03"), new QuantizeTable(report(List.of(scheme), List.of()), false).worst());
    }
}

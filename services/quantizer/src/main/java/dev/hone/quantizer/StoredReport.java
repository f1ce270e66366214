package dev.hone.quantizer;

import dev.hone.artifacts.ManifestRef;
import dev.hone.events.EventJson;
import dev.hone.events.InvalidEvent;
import dev.hone.llm.quant.ExportReport;
import dev.hone.llm.quant.Fidelity;
import dev.hone.llm.quant.LayerReport;
import dev.hone.llm.quant.Parity;
import dev.hone.llm.quant.SchemeReport;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.ExportedModel;
import dev.hone.v1.GoldenPrompt;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.QuantizedModel;
import dev.hone.v1.SchemeTried;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the event says of schemes, exports and answers, and the file it is kept in: {@code quantize.done.json}. */
final class StoredReport {

    static final String FILE = "quantize.done.json";

    private StoredReport() {}

    static void write(QuantizeDone done, Path directory) throws IOException {
        Files.writeString(directory.resolve(FILE), EventJson.print(done));
    }

    static QuantizeDone read(byte[] json) throws IOException {
        try {
            return EventJson.parse(new String(json, StandardCharsets.UTF_8), QuantizeDone.getDefaultInstance());
        } catch (InvalidEvent e) {
            throw new IOException("Expected the report that this service wrote in " + FILE + ", found something else: " + e.getMessage(), e);
        }
    }

    static ArtifactRef message(ManifestRef ref) {
        return ArtifactRef.newBuilder().setManifest(ref.key()).setSha256(ref.sha256()).build();
    }

    static QuantizedModel model(SchemeReport scheme, ManifestRef ref) {
        QuantizedModel.Builder model = QuantizedModel.newBuilder().setScheme(scheme.scheme()).setModel(message(ref)).setSizeBytes(scheme.sizeBytes())
                .setBitsPerWeight(scheme.bitsPerWeight()).setRelativeError(finite(scheme.relativeError()));
        if (Double.isFinite(scheme.outputError())) {
            model.setOutputError(scheme.outputError());
        }
        if (scheme.fidelity() != null) {
            model.setFidelity(message(scheme.fidelity()));
        }
        return model.build();
    }

    static SchemeTried tried(SchemeReport scheme) {
        SchemeTried.Builder tried = SchemeTried.newBuilder().setScheme(scheme.scheme()).setSizeBytes(scheme.sizeBytes()).setBitsPerWeight(scheme.bitsPerWeight())
                .setRelativeError(finite(scheme.relativeError())).setWithinBudget(scheme.withinBudget());
        if (Double.isFinite(scheme.outputError())) {
            tried.setOutputError(scheme.outputError());
        }
        if (scheme.fidelity() != null) {
            tried.setFidelity(message(scheme.fidelity()));
        }
        scheme.worst().ifPresent(layer -> tried.setWorstLayer(layer.name()).setWorstLayerError(error(layer)));
        return tried.build();
    }

    private static double error(LayerReport layer) {
        return finite(Double.isNaN(layer.outputError()) ? layer.relativeError() : layer.outputError());
    }

    static ExportedModel export(ExportReport export, ManifestRef ref) {
        return ExportedModel.newBuilder().setName(export.name()).setModel(message(ref)).setSizeBytes(export.sizeBytes()).setRelativeError(finite(export.relativeError())).build();
    }

    static dev.hone.v1.Parity message(Parity parity) {
        dev.hone.v1.Parity.Builder message = dev.hone.v1.Parity.newBuilder();
        if (parity.merged() != null) {
            message.setMerged(message(parity.merged()));
        }
        parity.prompts().forEach(prompt -> message.addPrompts(GoldenPrompt.newBuilder().setPrompt(prompt.prompt()).setAdapterAnswer(prompt.adapterAnswer())
                .setMergedAnswer(prompt.mergedAnswer()).setQuantizedAnswer(prompt.quantizedAnswer()).setMeanKlDivergence(finite(prompt.meanKl()))));
        return message.build();
    }

    private static dev.hone.v1.Fidelity message(Fidelity fidelity) {
        return dev.hone.v1.Fidelity.newBuilder().setPerplexity(finite(fidelity.perplexity())).setReferencePerplexity(finite(fidelity.referencePerplexity()))
                .setMeanKlDivergence(finite(fidelity.meanKl())).setP999KlDivergence(finite(fidelity.p999Kl())).setSameTop(finite(fidelity.sameTop())).setTokens(fidelity.tokens()).build();
    }

    /** "Not a number" is the message's default: no module was rounded. */
    private static double finite(double value) {
        return Double.isNaN(value) ? 0 : value;
    }
}

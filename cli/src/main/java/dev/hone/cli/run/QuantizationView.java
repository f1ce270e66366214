package dev.hone.cli.run;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Table;
import dev.hone.v1.ExportedModel;
import dev.hone.v1.Fidelity;
import dev.hone.v1.GoldenPrompt;
import dev.hone.v1.Parity;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.SchemeTried;
import java.util.ArrayList;
import java.util.List;

/** What quantizing cost, as text. */
final class QuantizationView {
    private QuantizationView() {}

    /** The schemes side by side, then exports and answers; nothing for events from before schemes were compared. */
    static List<String> lines(QuantizeDone event) {
        if (event.getTriedCount() == 0) {
            return List.of();
        }
        List<String> lines = new ArrayList<>(schemes(event));
        for (ExportedModel export : event.getExportsList()) {
            lines.add("also as " + export.getName() + ", " + Figures.bytes(export.getSizeBytes()) + ", relative error " + number(export.getRelativeError()) + ": " + export.getModel().getManifest());
        }
        if (event.hasParity()) {
            lines.add(parity(event.getParity()));
        }
        return lines;
    }

    private static List<String> schemes(QuantizeDone event) {
        boolean budget = hasBudget(event.getRecipe().getQuantization());
        List<String> header = new ArrayList<>(List.of("against the merged model", "size", "bits", "perplexity", "KL", "KL 99.9 %", "same top"));
        if (budget) {
            header.add("within budget");
        }
        Table table = Table.ofFigures(header.toArray(String[]::new));
        for (SchemeTried tried : event.getTriedList()) {
            List<String> row = new ArrayList<>(List.of(tried.getScheme() + (tried.getScheme().equals(event.getChosenScheme()) ? " (chosen)" : ""),
                    Figures.bytes(tried.getSizeBytes()), Figures.decimal(tried.getBitsPerWeight(), 2)));
            row.addAll(fidelity(tried));
            if (budget) {
                row.add(tried.getWithinBudget() ? "yes" : "no");
            }
            table.row(row.toArray(String[]::new));
        }
        return table.lines();
    }

    private static List<String> fidelity(SchemeTried tried) {
        if (!tried.hasFidelity()) {
            return List.of("-", "-", "-", "-");
        }
        Fidelity fidelity = tried.getFidelity();
        double increase = fidelity.getPerplexity() / fidelity.getReferencePerplexity() - 1;
        return List.of(Figures.decimal(fidelity.getPerplexity(), 3) + " (" + (increase < 0 ? "-" : "+") + Figures.percent(Math.abs(increase)) + ")",
                number(fidelity.getMeanKlDivergence()), number(fidelity.getP999KlDivergence()), Figures.percent(fidelity.getSameTop()));
    }

    private static String parity(Parity parity) {
        List<GoldenPrompt> prompts = parity.getPromptsList();
        long alike = prompts.stream().filter(p -> p.getAdapterAnswer().equals(p.getMergedAnswer()) && p.getMergedAnswer().equals(p.getQuantizedAnswer())).count();
        String merged = parity.hasMerged() ? "adapter -> merged: KL " + number(parity.getMerged().getMeanKlDivergence()) + ", same top " + Figures.percent(parity.getMerged().getSameTop()) + "; " : "";
        return merged + alike + " of " + prompts.size() + " golden prompts answered alike by adapter, merged and quantized";
    }

    private static boolean hasBudget(QuantizationRecipe recipe) {
        return recipe.hasMaxPerplexityIncrease() || recipe.hasMaxKlDivergence() || recipe.hasMaxSize();
    }

    /** Divergences span many powers of ten: three digits of each. */
    private static String number(double value) {
        return String.format(java.util.Locale.ROOT, "%.3g", value);
    }
}

package dev.hone.cli.plan;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Table;
import dev.hone.llm.estimate.AdaptedModules;
import dev.hone.llm.estimate.Estimate;
import dev.hone.llm.estimate.Estimator;
import dev.hone.llm.estimate.Fit;
import dev.hone.llm.estimate.Workload;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.train.TrainingRecipe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An estimate in words and tables. */
record PlanReport(ModelConfig config, Estimate estimate) {
    private static final int[] RANKS = {1, 16, 512};

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        if (!estimate.recipe().isFull()) {
            lines.addAll(adapters());
            lines.add("");
        }
        lines.add("trained in all      " + Figures.whole(estimate.trainableParameters()) + " of " + Figures.whole(estimate.parameters()) + " parameters ("
                + Figures.percent(estimate.trainableShare()) + ")");
        if (estimate.steps() > 0) {
            lines.add("optimizer steps     " + Figures.whole(estimate.steps()) + ", " + Figures.decimal(estimate.operationsPerStep() / 1e9, 1) + " GFLOP each");
        }
        if (Double.isFinite(estimate.seconds())) {
            lines.add("time, roughly       " + Figures.duration(Duration.ofSeconds(Math.round(estimate.seconds()))) + ", without validation");
        }
        lines.add("memory, roughly     " + Figures.bytes(estimate.bytes()) + (estimate.recomputes() ? ", with each layer computed again in the backward pass" : ""));
        lines.add("");
        lines.addAll(memory());
        return lines;
    }

    private List<String> adapters() {
        Table table = Table.ofFigures("linear layer", "in", "out", "modules", "weights", "rank", "LoRA each");
        for (AdaptedModules.Group group : new AdaptedModules(config, estimate.recipe()).groups()) {
            table.row(group.name(), Figures.whole(group.in()), Figures.whole(group.out()), Figures.whole(group.count()), Figures.whole(group.in() * group.out()),
                    group.rank() == 0 ? "-" : String.valueOf(group.rank()), group.rank() == 0 ? "-" : Figures.whole(group.parameters()));
        }
        return table.lines();
    }

    private List<String> memory() {
        Table table = Table.ofFigures("memory", "");
        for (Map.Entry<String, Double> part : estimate.memory().parts().entrySet()) {
            if (part.getValue() > 0) {
                table.row(part.getKey(), Figures.bytes(part.getValue()));
            }
        }
        return table.lines();
    }

    /** What the memory of this machine says to it. */
    static List<String> fit(Fit fit) {
        List<String> lines = new ArrayList<>();
        lines.add((fit.fits() ? "It fits here: " : "It does not fit here: ") + Figures.bytes(fit.available()) + " are available."
                + (!fit.fits() && fit.changes().isEmpty() ? " No change of the recipe makes it fit." : fit.fits() ? "" : " It would with one of:"));
        fit.changes().forEach(change -> lines.add("  " + change + " (" + Figures.bytes(change.estimate().bytes()) + ")"));
        return lines;
    }

    /** The lecture's table, and the same ranks on this model's own modules. */
    List<String> lecture() {
        List<String> header = new ArrayList<>(List.of("one n x n matrix"));
        for (IdealMatrix matrix : IdealMatrix.OF_LECTURES) {
            header.add(matrix.name());
        }
        header.addAll(List.of("this model, a layer", "all layers"));
        Table table = Table.ofFigures(header.toArray(String[]::new));
        for (int rank : RANKS) {
            List<String> row = new ArrayList<>(List.of("rank " + rank + " trains"));
            for (IdealMatrix matrix : IdealMatrix.OF_LECTURES) {
                row.add(IdealMatrix.shortened(matrix.trained(rank)));
            }
            long all = adapted(rank);
            row.add(Figures.whole(all / config.numHiddenLayers()));
            row.add(Figures.whole(all));
            table.row(row.toArray(String[]::new));
        }
        return table.lines();
    }

    private long adapted(int rank) {
        TrainingRecipe recipe = estimate.recipe().with("lora_modules_to_save", List.of()).with("lora_rank_pattern", Map.of()).with("peft_use_dora", false).with("lora_r", rank);
        return new Estimator(config, Workload.UNKNOWN, Double.NaN).estimate(recipe.isFull() ? recipe.with("method", "lora") : recipe).trainableParameters();
    }
}

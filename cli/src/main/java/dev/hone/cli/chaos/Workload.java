package dev.hone.cli.chaos;

import dev.hone.cli.home.Home;
import dev.hone.cli.recipe.RecipeBuilder;
import dev.hone.v1.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** What is submitted, from the seed alone: small datasets with short runs, and a few that are meant to fail. */
record Workload(List<Item> items) {
    private static final int ROWS = 64;
    private static final String BASE = "hone-nano";

    /** One submission. @param model its name, which no other has */
    record Item(String model, Path file, Recipe recipe) {}

    Workload {
        items = List.copyOf(items);
    }

    /** @param folder where the files are written */
    static Workload write(Home home, Path folder, long seed, int datasets) throws IOException {
        List<String> rows = Files.readAllLines(home.checkout().resolve("examples/support.jsonl"));
        Random random = new Random(seed);
        Files.createDirectories(folder);
        List<Item> items = new ArrayList<>();
        for (int i = 1; i <= datasets; i++) {
            Collections.shuffle(rows, random);
            Path file = folder.resolve("chaos-%02d.jsonl".formatted(i));
            boolean empty = i % 8 == 7;
            Files.write(file, empty ? List.of("{\"nothing\": \"of use, " + i + "\"}") : rows.subList(0, ROWS));
            items.add(new Item("chaos-%02d".formatted(i), file, recipe(i)));
        }
        return new Workload(items);
    }

    static String base() {
        return BASE;
    }

    /** A checkpoint every few steps, so that a killed training has something to go on from. */
    private static Recipe recipe(int number) {
        RecipeBuilder recipe = new RecipeBuilder().set("max_steps=16").set("save_steps=3").set("micro_batch_size=4").set("sequence_len=64").set("lora_r=8").set("lora_dropout=0.1")
                .set("seed=" + number).set("min_loss_improvement=-1").set("max_quantization_loss=10").set("max_rows=2").set("max_new_tokens=8")
                .set("schemes=int8").set("calibration_rows=4").set("heldout_tokens=200");
        return switch (number % 8) {
            case 3 -> recipe.set("min_exact_match=1").build();
            case 5 -> recipe.set("lora_target_modules=no_such_module").build();
            default -> recipe.build();
        };
    }
}

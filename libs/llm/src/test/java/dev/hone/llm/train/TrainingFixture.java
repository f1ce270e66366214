package dev.hone.llm.train;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.TinyLlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** A tiny base with hone-nano's tokenizer, and rows of questions and answers to learn. */
final class TrainingFixture {
    static final ModelConfig CONFIG = ModelConfig.llama(4096, 32, 64, 2, 4, 2, 16, 1e-5, 10000, 64, true, 0.02);

    private TrainingFixture() {}

    static Path base(Path directory) throws IOException {
        Files.createDirectories(directory);
        TinyLlama.write(directory, CONFIG, 7);
        tokenizer(directory);
        return directory;
    }

    static void tokenizer(Path directory) throws IOException {
        Path nano = Path.of(System.getProperty("hone.root"), "models/hone-nano");
        for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(nano.resolve(file), directory.resolve(file));
        }
    }

    static Path rows(Path file, int count) throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lines.add("{\"messages\":[{\"role\":\"user\",\"content\":\"How is the " + "very ".repeat(i % 4) + "old phone " + i
                    + "?\"},{\"role\":\"assistant\",\"content\":\"It is number " + i + " and it works.\"}]}");
        }
        Files.write(file, lines);
        return file;
    }

    /** A recipe by what the tests vary; dropout is on for adapters, so that the random state matters. */
    static TrainingRecipe recipe(String method, String precision, int microBatch, int accumulation, int maxSteps, double dropout) {
        return TrainingRecipe.parse("""
                {"lora_r": 4, "lora_alpha": 8, "learning_rate": 0.01, "warmup_steps": 2, "warmup_ratio": 0, "num_epochs": 1, "sequence_len": 64, "weight_decay": 0.01,
                 "eval_steps": 3, "save_steps": 4, "max_steps": %d, "method": "%s", "compute_dtype": "%s", "micro_batch_size": %d,
                 "gradient_accumulation_steps": %d, "lora_dropout": %s}
                """.formatted(maxSteps, method, precision, microBatch, accumulation, dropout));
    }

    /** Keeps the losses of the steps. */
    static final class Losses implements TrainingObserver {
        final List<StepReport> steps = new ArrayList<>();
        final List<ValidationReport> validations = new ArrayList<>();
        final AtomicLong current = new AtomicLong();

        @Override
        public void step(StepReport report) {
            steps.add(report);
            current.set(report.step());
        }

        @Override
        public void validated(ValidationReport report) {
            validations.add(report);
        }
    }
}

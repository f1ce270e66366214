package dev.hone.llm.train;

import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.lora.LoraBase;
import dev.hone.llm.lora.LoraMatrices;
import dev.hone.llm.model.ModelProgram;
import dev.hone.llm.model.Precision;
import java.util.Map;
import java.util.TreeMap;

/** Models in training that begin where PEFT began: with the adapter that it saved. */
final class GoldenTrainees {
    private GoldenTrainees() {}

    static Trainee of(Golden golden, LoraBase base, boolean recompute) {
        return of(golden, base, new Trainee.Passing(recompute, 0, 0, 0.1, 0));
    }

    static Trainee of(Golden golden, LoraBase base, Trainee.Passing passing) {
        return of(golden, base, passing, FakeQuantization.NONE);
    }

    static Trainee of(Golden golden, LoraBase base, Trainee.Passing passing, FakeQuantization fake) {
        NDManager manager = Torch.newManager();
        try (WeightSource source = WeightSource.open(golden.base())) {
            ModelConfig config = ModelConfig.load(golden.base());
            AdapterFiles files = AdapterFiles.load(golden.adapter());
            Trainee.Programs programs = Trainee.Programs.load(manager, config, new ModelProgram.Variant(base.slot(), 0), fake);
            Map<String, float[]> saved = new TreeMap<>();
            files.saved().forEach((name, weight) -> saved.put(name, weight.values()));
            return LoraMethod.over(manager, config, Precision.F32, programs, source, base, files.config(), LoraMatrices.of(manager, programs.plain(), config, files), saved, passing);
        }
    }
}

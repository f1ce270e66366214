package dev.hone.llm.engine;

import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.forward.ForwardModel;
import dev.hone.llm.forward.ForwardModels;
import dev.hone.llm.forward.PackedAs;
import dev.hone.llm.text.ChatTokenizer;
import java.nio.file.Path;

/** Where models come from; tests bring their own. */
interface Weights {
    Weights FILES = new Weights() {
        @Override
        public ForwardModel load(Path directory, ServedAs as) {
            return ForwardModels.load(directory, packed(as));
        }

        @Override
        public ForwardModel loadMerged(Path base, Path trained, ServedAs as) {
            return ForwardModels.loadMerged(base, trained, packed(as));
        }

        private PackedAs packed(ServedAs as) {
            return switch (as) {
                case STORED -> PackedAs.STORED;
                case BF16 -> PackedAs.BF16;
                case INT8 -> PackedAs.INT8;
                case INT4 -> PackedAs.INT4;
            };
        }
    };

    ForwardModel load(Path directory, ServedAs as);

    ForwardModel loadMerged(Path base, Path trained, ServedAs as);

    /** A model that was trained as a whole has its own tokenizer, an adapter its base's. */
    default ChatTokenizer tokenizer(Path base, Path trained) {
        return ChatTokenizer.load(AdapterFiles.existsIn(trained) ? base : trained);
    }
}

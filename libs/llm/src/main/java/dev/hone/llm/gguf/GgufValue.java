package dev.hone.llm.gguf;

import java.util.List;

/** One value of a file's metadata, of a type as the format numbers them. */
sealed interface GgufValue {
    int UINT32 = 4;
    int INT32 = 5;
    int FLOAT32 = 6;
    int BOOL = 7;
    int STRING = 8;
    int ARRAY = 9;

    record Count(int value) implements GgufValue {}

    record Real(float value) implements GgufValue {}

    record Flag(boolean value) implements GgufValue {}

    record Text(String value) implements GgufValue {}

    record Texts(List<String> values) implements GgufValue {}

    record Ints(int[] values) implements GgufValue {}

    record Reals(float[] values) implements GgufValue {}

    record Flags(boolean[] values) implements GgufValue {}

    default int type() {
        return switch (this) {
            case Count count -> UINT32;
            case Real real -> FLOAT32;
            case Flag flag -> BOOL;
            case Text text -> STRING;
            case Texts texts -> ARRAY;
            case Ints ints -> ARRAY;
            case Reals reals -> ARRAY;
            case Flags flags -> ARRAY;
        };
    }
}

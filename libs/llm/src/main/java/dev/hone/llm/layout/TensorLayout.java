package dev.hone.llm.layout;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.rounding.QuantizedMatrix;
import dev.hone.llm.rounding.ScaleType;
import java.util.List;

/** The tensors in which a file keeps one rounded matrix. */
interface TensorLayout {
    List<TensorInfo> tensors();

    void write(SafetensorsWriter writer, int firstRow, QuantizedMatrix rows);

    /** As many rows and groups as the matrix will have. */
    record Shape(String name, int rows, int columns, int groups, int bits, boolean symmetric, ScaleType scales) {
        int perWord() {
            return 32 / bits;
        }

        DType scaleType() {
            return DType.valueOf(scales.name());
        }

        /** A scale for each row and group; those of a matrix that shares one are repeated. */
        float[] scales(QuantizedMatrix matrix) {
            for (float scale : matrix.scales()) {
                if (scales.round(scale) != scale) {
                    throw new IllegalArgumentException("The codes of " + name + " were chosen for the scale " + scale + ", which " + scales + " does not hold.");
                }
            }
            return matrix.scales().length == 1 ? repeated(matrix.scales()[0], matrix.rows()) : matrix.scales();
        }

        private static float[] repeated(float scale, int rows) {
            float[] scales = new float[rows];
            java.util.Arrays.fill(scales, scale);
            return scales;
        }

        int zeroPoint(QuantizedMatrix matrix, int row, int group) {
            return matrix.zeroPoints()[matrix.zeroPoints().length == 1 ? 0 : row * groups + group];
        }

        /** Zero points of rows share words, which a piece must not cut. */
        void requireWholeWords(int firstRow, QuantizedMatrix matrix) {
            if (!symmetric && (firstRow % perWord() != 0 || matrix.rows() % perWord() != 0 && firstRow + matrix.rows() != rows)) {
                throw new IllegalArgumentException("Rows " + firstRow + " to " + (firstRow + matrix.rows()) + " of " + name + " cut a word of " + perWord() + " zero points.");
            }
        }
    }
}

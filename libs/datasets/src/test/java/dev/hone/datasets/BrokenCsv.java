package dev.hone.datasets;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * A CSV file {@code text,category} with broken rows of ten kinds at random places among good ones, some of which are
 * quoted and run over several lines.
 *
 * @param lines on which the broken rows start
 */
record BrokenCsv(byte[] bytes, Set<Long> lines) {
    private static final int KINDS = 10;

    private record Line(byte[] bytes, boolean broken) {}

    static BrokenCsv of(int good, int broken) {
        List<Line> rows = new ArrayList<>();
        for (int i = 0; i < good; i++) {
            rows.add(new Line(good(i).getBytes(StandardCharsets.UTF_8), false));
        }
        for (int i = 0; i < broken; i++) {
            rows.add(new Line(broken(i), true));
        }
        Collections.shuffle(rows, new Random(17));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("text,category\n".getBytes(StandardCharsets.UTF_8));
        Set<Long> lines = new TreeSet<>();
        long line = 2;
        for (Line row : rows) {
            if (row.broken()) {
                lines.add(line);
            }
            out.writeBytes(row.bytes());
            out.write('\n');
            line += 1 + new String(row.bytes(), StandardCharsets.ISO_8859_1).chars().filter(c -> c == '\n').count();
        }
        return new BrokenCsv(out.toByteArray(), lines);
    }

    private static String good(int i) {
        return switch (i % 4) {
            case 0 -> "\"A quoted, good question number " + i + "?\",label_" + i % 5;
            case 1 -> "\"Question " + i + " with a \"\"word\"\" in quotes\nand over two lines\",label_" + i % 5;
            default -> "A plain question number " + i + "?,label_" + i % 5;
        };
    }

    private static byte[] broken(int i) {
        String q = "Broken question " + i;
        String row = switch (i % KINDS) {
            case 0 -> q;
            case 1 -> q + ",label,more";
            case 2 -> "  ,label";
            case 3 -> q + ",";
            case 4 -> q + " caf\u00e9,label";
            case 5 -> "\"" + q + ",label";
            case 6 -> "\"" + q + "\" and more,label";
            case 7 -> "word ".repeat(700) + i + ",label";
            case 8 -> q + "\0,label";
            default -> q + " <|end|>,label";
        };
        return row.getBytes(StandardCharsets.ISO_8859_1);
    }
}

package dev.hone.datasets;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hone.datasets.read.Problem;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes one line per problem and counts them by code. */
public final class ProblemLog implements AutoCloseable {
    /** So many are kept in memory, for an answer that wants to show some. */
    private static final int SHOWN = 20;
    private static final JsonMapper JSON = new JsonMapper();

    private final BufferedWriter out;
    private final Map<String, Long> counts = new TreeMap<>();
    private final List<Problem> first = new ArrayList<>();
    private long errors;

    public ProblemLog(Path file) throws IOException {
        this.out = Files.newBufferedWriter(file);
    }

    public void add(Problem problem) throws IOException {
        counts.merge(problem.code(), 1L, Long::sum);
        errors += problem.isError() ? 1 : 0;
        if (first.size() < SHOWN) {
            first.add(problem);
        }
        write(problem);
    }

    private void write(Problem problem) throws IOException {
        try {
            out.write(JSON.writeValueAsString(problem));
            out.write('\n');
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a problem is always JSON", e);
        }
    }

    /** The first of what was written by {@link #add}. */
    public static List<Problem> readFirst(InputStream in) throws IOException {
        List<Problem> problems = new ArrayList<>();
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null && problems.size() < SHOWN; line = lines.readLine()) {
            problems.add(JSON.readValue(line, Problem.class));
        }
        return problems;
    }

    public Map<String, Long> counts() {
        return counts;
    }

    public long errors() {
        return errors;
    }

    public List<Problem> first() {
        return List.copyOf(first);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}

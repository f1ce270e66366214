package dev.hone.ingest.feedback;

import dev.hone.datasets.ProblemLog;
import dev.hone.datasets.Split;
import dev.hone.datasets.SplitWriter;
import dev.hone.datasets.check.Prompts;
import dev.hone.datasets.check.RowChecker;
import dev.hone.datasets.check.RowRejected;
import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The parent's rows in their parts, with what users said worked in:
 * <ul>
 *   <li>a corrected prompt's own rows go, from held-out parts too, and the correction stands in the training rows
 *       {@code weight} times (a held-out part that would be emptied keeps its row, corrected);
 *   <li>other rows that give the answer which was corrected get the corrected one, if the rules ask for it, the answer
 *       is more than a label, and the questions most like the corrected one have that answer: only then was the answer
 *       itself wrong, and not the model's choice of it;
 *   <li>an answer that a user liked joins the training rows, unless its prompt is held out or it is there.
 * </ul>
 */
final class NextDataset {
    private final Path parent;
    private final Corrections corrections;
    private final Claim.Rules rules;
    private final RowChecker checker;
    private final Map<Split, Integer> rows = new EnumMap<>(Split.class);
    private final Map<Split, Integer> correctedRows = new EnumMap<>(Split.class);
    private final Set<String> heldOutPrompts = new HashSet<>();
    private final Set<String> alreadyTrained = new HashSet<>();
    private final Map<String, String> replacements = new HashMap<>();
    private final Map<String, Long> counts = new TreeMap<>();

    private NextDataset(Path parent, Corrections corrections, Claim.Rules rules, RowChecker checker) {
        this.parent = parent;
        this.corrections = corrections;
        this.rules = rules;
        this.checker = checker;
    }

    /** @param parent the parent's directory; @return counts of what was done, for the report */
    static Map<String, Long> write(Path parent, Corrections corrections, Claim.Rules rules, RowChecker checker, SplitWriter out) throws IOException {
        NextDataset next = new NextDataset(parent, corrections, rules, checker);
        next.survey();
        next.copy(out);
        next.add(out);
        return next.counts;
    }

    private interface RowAction {
        void row(Split split, Row row) throws IOException;
    }

    private void forEachRow(RowAction action) throws IOException {
        for (Split split : Split.values()) {
            Path file = parent.resolve(split.fileName());
            if (Files.exists(file)) {
                try (BufferedReader lines = Files.newBufferedReader(file)) {
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                        action.row(split, Rows.parse(line));
                    }
                }
            }
        }
    }

    private void survey() throws IOException {
        SimilarPrompts similar = new SimilarPrompts();
        forEachRow((split, row) -> {
            String prompt = Prompts.normalized(Prompts.of(row));
            rows.merge(split, 1, Integer::sum);
            correctedRows.merge(split, corrections.corrected().containsKey(prompt) ? 1 : 0, Integer::sum);
            if (corrections.confirmed().containsKey(prompt)) {
                (split == Split.TRAIN ? alreadyTrained : heldOutPrompts).add(split == Split.TRAIN ? Rows.format(row) : prompt);
            }
            if (row instanceof Row.Chat chat) {
                similar.learn(Prompts.question(chat.messages()));
            }
        });
        chooseReplacements(similar);
    }

    /** A later correction of the same answer overrides an earlier one. */
    private void chooseReplacements(SimilarPrompts similar) throws IOException {
        Map<Corrections.Entry, SimilarPrompts.Search> searches = new HashMap<>();
        for (Corrections.Entry entry : corrections.corrected().values()) {
            boolean label = entry.oldAnswer().split(" ").length < rules.replaceMinWords();
            if (entry.checked().row() instanceof Row.Chat chat && rules.replaceIdenticalAnswers() && !label && !entry.oldAnswer().equals(Prompts.normalized(entry.newAnswer()))) {
                searches.put(entry, similar.search(Prompts.question(chat.messages())));
            }
        }
        if (searches.isEmpty()) {
            return;
        }
        forEachRow((split, row) -> {
            if (row instanceof Row.Chat chat) {
                searches.values().forEach(search -> search.offer(Prompts.question(chat.messages()), Prompts.answer(chat)));
            }
        });
        for (Corrections.Entry entry : corrections.corrected().values()) {
            if (searches.containsKey(entry) && searches.get(entry).mostlyAnswered(entry.oldAnswer())) {
                replacements.put(entry.oldAnswer(), entry.newAnswer());
            }
        }
    }

    private void copy(SplitWriter out) throws IOException {
        forEachRow((split, row) -> {
            Corrections.Entry correction = corrections.corrected().get(Prompts.normalized(Prompts.of(row)));
            if (correction == null) {
                write(out, split, replaced(row));
            } else if (split != Split.TRAIN && rows.get(split).equals(correctedRows.get(split))) {
                write(out, split, correction.checked().row());
                count("held_out_rows_corrected");
            } else {
                count(split == Split.TRAIN ? "rows_replaced" : "held_out_rows_moved_to_training");
            }
        });
    }

    private Row replaced(Row row) {
        if (row instanceof Row.Chat chat) {
            String replacement = replacements.get(Prompts.normalized(Prompts.answer(chat)));
            if (replacement != null) {
                count("identical_answers_replaced");
                return Prompts.withAnswer(chat, replacement);
            }
        }
        return row;
    }

    private void add(SplitWriter out) throws IOException {
        for (Corrections.Entry entry : corrections.corrected().values()) {
            for (int i = 0; i < rules.weight(); i++) {
                out.write(Split.TRAIN, entry.checked());
            }
            count("corrections");
        }
        for (Map.Entry<String, Corrections.Entry> confirmed : corrections.confirmed().entrySet()) {
            RowChecker.Checked checked = confirmed.getValue().checked();
            if (!heldOutPrompts.contains(confirmed.getKey()) && !alreadyTrained.contains(Rows.format(checked.row()))) {
                out.write(Split.TRAIN, checked);
                count("confirmations");
            }
        }
    }

    /** A row that was accepted once is kept as it is; only its tokens are counted anew. */
    private void write(SplitWriter out, Split split, Row row) throws IOException {
        List<RowChecker.Checked> counted = counted(row);
        out.write(split, Rows.format(row), counted.stream().mapToInt(RowChecker.Checked::tokens).sum(),
                counted.stream().mapToInt(RowChecker.Checked::longest).max().orElse(0));
    }

    private List<RowChecker.Checked> counted(Row row) {
        try {
            return checker.check(row);
        } catch (RowRejected e) {
            return List.of();
        }
    }

    private void count(String what) {
        counts.merge(what, 1L, Long::sum);
    }
}

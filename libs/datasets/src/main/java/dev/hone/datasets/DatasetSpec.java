package dev.hone.datasets;

import dev.hone.datasets.check.BaseModel;
import dev.hone.datasets.check.ColumnMapping;
import dev.hone.datasets.read.DataFile;
import java.util.List;

/**
 * Everything a dataset's content depends on.
 *
 * @param contentSha256 of the file, decompressed
 * @param base          whose tokenizer counts and whose context bounds the rows
 */
public record DatasetSpec(DataFile file, String fileName, String contentSha256, ColumnMapping mapping, BaseModel base, SplitShares shares) {
    /** Changes when the same file would give other rows. */
    private static final String RULES = "2";

    /** {@code d} and 16 hex digits: equal for what gives equal rows. */
    public String id() {
        return "d" + Digests.shortHash(List.of(RULES, contentSha256, file.formatName(), mapping.toString(), base.tokenizer().sha256(),
                String.valueOf(base.maxTokens()), shares.toString()));
    }
}

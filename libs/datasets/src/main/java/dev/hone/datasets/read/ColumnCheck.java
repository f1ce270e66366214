package dev.hone.datasets.read;

import java.util.List;

/** Says before the first row whether the columns of a table can be used at all. */
@FunctionalInterface
public interface ColumnCheck {
    /** @throws UnusableFile naming the columns found when none fits */
    void check(List<String> columns) throws UnusableFile;
}

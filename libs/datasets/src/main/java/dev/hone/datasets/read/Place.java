package dev.hone.datasets.read;

/** Where a row starts. @param line from 1; @param column in characters, from 1 */
public record Place(String file, long line, int column) {
    public Place at(int column) {
        return new Place(file, line, column);
    }
}

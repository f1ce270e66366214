/**
 * What a row means, and whether a model can learn from it. It sees values, not files, so that the same rules hold for
 * every format and for feedback; each rule has a code that users know from elsewhere.
 */
package dev.hone.datasets.check;

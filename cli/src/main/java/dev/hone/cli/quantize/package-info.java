/**
 * Rounding models and writing them for other engines right here, without broker and store. Apart from what follows runs
 * elsewhere: this package calls the same library as the quantizing Job, and only reads files, shows progress and puts the
 * result where it was asked for.
 */
package dev.hone.cli.quantize;

/**
 * Measuring models on a file of rows right here. Apart from the evaluating service's gate: this package only prints what the
 * same library measured, so that models can be held beside each other whoever made them.
 */
package dev.hone.cli.evaluate;

/**
 * Recipes as people write them, in YAML or as key=value, and as other tools have them: the one place that turns them into the
 * message, names a typing error, and tells what became of each key.
 */
package dev.hone.cli.recipe;

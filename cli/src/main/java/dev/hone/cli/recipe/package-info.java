/** Recipes as people write them, in YAML or as key=value: the one place that turns them into the message and names a typing error. */
package dev.hone.cli.recipe;

/** What a run would cost before it is started: counted from the model's shape, without loading a weight. */
package dev.hone.cli.plan;

/**
 * Turns a dataset into an adapter.
 *
 * <p>Two halves that share only events and the store: the service plans runs and launches them, and answers within
 * milliseconds; {@link dev.hone.trainer.TrainJob} is a process of its own that may train for hours. Whatever shapes a
 * run's numbers travels in {@code train.requested}; the configuration here says only where things are.
 */
package dev.hone.trainer;

/**
 * Turns an adapter into models that can be served: merged into the base, rounded to integers.
 *
 * <p>Two halves that share only events and the store: the service launches jobs and answers within milliseconds;
 * {@link dev.hone.quantizer.QuantizeJob} is a process of its own. Which schemes and how, travels in the event; the
 * configuration here says only where things are.
 */
package dev.hone.quantizer;

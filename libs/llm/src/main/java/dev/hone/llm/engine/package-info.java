/**
 * Many answers at once: requests join and leave a running batch at every step, keys and values lie in blocks that equal
 * prefixes share, models and adapters come and go while others answer. What a service sees; inside are {@code forward} and
 * {@code kernel}.
 */
package dev.hone.llm.engine;

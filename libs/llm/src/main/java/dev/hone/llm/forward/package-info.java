/**
 * The decoder's forward pass on a CPU for serving: tokens of many sequences at once, each with its own keys and values in
 * blocks and its own adapter, over packed weights. It computes what the program in {@code model} computes, family by family,
 * without autograd; scheduling is the engine's.
 */
package dev.hone.llm.forward;

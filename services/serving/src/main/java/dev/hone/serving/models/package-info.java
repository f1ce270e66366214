/**
 * Models and adapters in memory, each once however many revisions use it: what is held, by how many, and what goes when
 * memory is short. It knows the store and the engine, and nothing of names, traffic or events.
 */
package dev.hone.serving.models;

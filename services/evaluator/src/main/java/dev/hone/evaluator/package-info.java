/**
 * The evaluator service: measures base, adapter and quantized models on held-out rows, and is the gate before
 * deployment. It runs the models itself and never asks the serving deployment: a gate must not need what it gates.
 */
package dev.hone.evaluator;

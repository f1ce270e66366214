/**
 * From a training's outcome to models that are cheap to serve: merging, calibration, rounding by every scheme, learning for one,
 * comparison, budget and exports. {@code rounding} has the formulas and {@code layout} the files; here is the way through them.
 */
package dev.hone.llm.quant;

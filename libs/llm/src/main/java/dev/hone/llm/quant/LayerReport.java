package dev.hone.llm.quant;

/**
 * @param relativeError |W − Q(W)|² / |W|², squared Frobenius norms
 * @param outputError |X·(W − Q(W))ᵀ|² / |X·Wᵀ|² over calibration inputs X; NaN without calibration
 * @param bitsPerWeight codes, scales and zero points
 * @param note what was done otherwise than asked, such as a fallback to rounding to nearest and why; empty: nothing
 */
public record LayerReport(String name, double relativeError, double outputError, double bitsPerWeight, String note) {}

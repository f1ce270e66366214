/**
 * What a run will train, hold in memory and take, before it begins. Apart from training, because a plan is made where no
 * weight and no native library is at hand: from a configuration, a recipe and counts alone.
 */
package dev.hone.llm.estimate;

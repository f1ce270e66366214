/**
 * Which revision answers to which name: what the {@code deploy} topic wants, what of it is in memory here, how traffic is
 * split while a candidate is tried, and when one has failed its trial. It decides and holds; it neither answers nor reads
 * topics.
 */
package dev.hone.serving.registry;

/**
 * Questions on their way through the engine: routed to one revision, turned into tokens, answered, remembered, logged where
 * that is wanted, and copied to a candidate that is tried in the shadow. It is what stands behind the seam of the faces.
 */
package dev.hone.serving.answering;

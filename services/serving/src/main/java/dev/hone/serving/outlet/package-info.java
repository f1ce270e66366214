/**
 * The way out to one client: an answer is made at the model's pace and read at the client's. Apart from the protocols,
 * because all of them face the same slow reader.
 */
package dev.hone.serving.outlet;

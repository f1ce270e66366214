/**
 * The one shape of a training row inside Hone. Users' many formats end at ingest, so that training, calibration and
 * evaluation read the same thing.
 */
package dev.hone.llm.data;

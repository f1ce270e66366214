/**
 * What users say of answers: which answers were given here, what was said of each, and the event that holds all that the
 * next dataset needs. It trusts nothing that a client says of an answer but its signed id.
 */
package dev.hone.serving.feedback;

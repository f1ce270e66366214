/**
 * What requests mean that more than one protocol writes the same way: the names of sampling, of formats and of their bounds.
 * Apart from the protocols, so that none of them reads another's.
 */
package dev.hone.serving.request;

/**
 * All that a stack is, in one folder and back: the topics, how far each service has read them, and the bucket.
 *
 * <p>The boundary keeps the order that makes a copy of a running stack usable: how far services have read is asked first,
 * topics are read next and objects last, so that nothing that was copied points at something that was not.
 */
package dev.hone.cli.backup;

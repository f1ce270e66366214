/**
 * What must hold of a stack once it is quiet again, whatever was done to it. Plain functions of what was found on topics,
 * in the store and among processes, so that each can be shown a violation and has to see it.
 */
package dev.hone.cli.chaos.check;

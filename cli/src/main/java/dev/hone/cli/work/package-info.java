/**
 * What the commands share that compute right here, without broker and store: users' files as checked rows, folders that are
 * whole or not there, and Ctrl-C as something a long loop can look at.
 */
package dev.hone.cli.work;

/**
 * What the command line looks like: tables, durations, colours, and the sentence a command ends with when it fails.
 * Apart from the commands, so that each of them can be read without its escape codes.
 */
package dev.hone.cli.console;

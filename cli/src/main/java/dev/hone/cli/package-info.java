/** The command line as a whole: which commands there are, and how each ends. The commands lie in packages of their own. */
package dev.hone.cli;

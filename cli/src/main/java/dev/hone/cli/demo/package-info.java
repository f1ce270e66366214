/** The whole of Hone once through, for a newcomer: it does what the other commands do, in a folder and on ports of its own. */
package dev.hone.cli.demo;

/** Looking at and joining what was trained, by its files: for holding Hone's numbers against other engines', and for using them there. */
package dev.hone.cli.score;

/** Measurements that anyone can repeat, for the scripts in bench/: what they print is what they measured, and nothing is kept. */
package dev.hone.cli.bench;

/**
 * Where one machine's Hone lives: its folder, and the file by which every command finds what {@code hone up} started.
 * The commands meet here and know nothing of each other.
 */
package dev.hone.cli.home;

/**
 * Who may ask for what, and how much of it. Between the faces and the answers, so that every protocol keeps the same limits;
 * plain Java, so that each of them can be tested with a clock of its own.
 */
package dev.hone.serving.access;

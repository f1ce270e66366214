/**
 * {@code hone chaos}: the same submissions twice, once undisturbed and once under faults, and what must be equal then.
 * It works from outside, by the public doors of a stack and by signals, so that what it finds a user could meet.
 */
package dev.hone.cli.chaos;

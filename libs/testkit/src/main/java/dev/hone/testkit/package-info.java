/**
 * A real Kafka broker and a real S3 server for tests, and what tests say to them.
 *
 * <p>It knows no message and no artifact of Hone, so that the libraries that define those can be tested with it; it is
 * only ever on a test's classpath.
 */
package dev.hone.testkit;

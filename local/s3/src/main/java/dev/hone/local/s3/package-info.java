/**
 * One S3 server over a folder of one machine.
 *
 * <p>It stands apart because S3Proxy brings another Jackson, another logging backend and another OpenTelemetry than the
 * services have: it is its own process with its own classpath, and everything else speaks to it over HTTP.
 */
package dev.hone.local.s3;

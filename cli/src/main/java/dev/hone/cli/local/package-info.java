/**
 * One machine as a cluster: starts Kafka, the object store and the five services as processes, watches over them, and
 * stops them in order. Nothing else in Hone knows how its processes come to run; on Kubernetes this package is not needed.
 */
package dev.hone.cli.local;

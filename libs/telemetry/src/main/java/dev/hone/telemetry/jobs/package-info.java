/** Telemetry of a Job: a plain process that ends, so that what it has to say must be sent before that. */
package dev.hone.telemetry.jobs;

/** Meters of events and runs, apart from the services that bind them, so that a name is given in one place. */
package dev.hone.telemetry.meters;

/**
 * What an operator sees of Hone: traces are switched on for all processes alike. Neither the numerical code nor the
 * libraries that do the work know of it; those that meet events know only OpenTelemetry's API.
 */
package dev.hone.telemetry;

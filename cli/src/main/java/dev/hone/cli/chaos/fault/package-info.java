/**
 * What can happen to a stack on one machine, and doing it: signals, a proxy that cuts and stalls connections, records that
 * nobody asked for. It knows processes, ports and topics, and nothing of what the stack ought to make of it.
 */
package dev.hone.cli.chaos.fault;

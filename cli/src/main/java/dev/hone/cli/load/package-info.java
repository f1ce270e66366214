/**
 * The load test of serving: many clients that stay, leave and lose patience while revisions come and go and a replica is
 * killed. It knows serving by its API and the deploy topic only, so that it finds what any other client would.
 */
package dev.hone.cli.load;

/** Talking to deployed models over gRPC, as any client of Hone would: through the public contract and nothing else. */
package dev.hone.cli.chat;

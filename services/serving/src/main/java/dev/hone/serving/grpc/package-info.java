/**
 * The gRPC face: Hone's own service in words of {@link dev.hone.serving.answer.Answers}, and what every gRPC service here
 * needs of a call: who calls, for how long, and how fast it reads. Plain Java, so that it is tested over an in-process channel.
 */
package dev.hone.serving.grpc;

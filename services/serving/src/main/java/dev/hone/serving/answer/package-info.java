/**
 * What every face of the service asks: a question in, an answer in pieces out, refusals in one form. The faces (gRPC,
 * OpenAI, Open Inference) translate and nothing else; which revision answers and how is decided behind {@link dev.hone.serving.answer.Answers}.
 */
package dev.hone.serving.answer;

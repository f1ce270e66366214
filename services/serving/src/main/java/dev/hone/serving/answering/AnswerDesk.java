package dev.hone.serving.answering;

import dev.hone.llm.engine.Engine;
import dev.hone.serving.feedback.AnswerIds;
import dev.hone.serving.feedback.AnswerMemory;
import dev.hone.serving.registry.ModelRegistry;
import java.util.concurrent.Executor;

/**
 * What answering needs, handed round as one.
 *
 * @param prompts threads for what takes too long on an event loop: templates, tokenizers, constraints; bounded, and full when they refuse
 */
record AnswerDesk(Engine engine, ModelRegistry registry, AnswerIds ids, AnswerMemory memory, AnswerLog log, Shadows shadows, Waiting waiting, Executor prompts) {}

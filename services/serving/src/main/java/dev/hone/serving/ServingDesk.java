package dev.hone.serving;

/** What answering needs, handed round as one. */
record ServingDesk(ModelRegistry registry, AnswerMemory memory, AnswerPool pool, ServingMetrics metrics) {}

package dev.hone.serving.answering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.engine.EngineBusy;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.Sampling;
import dev.hone.llm.text.ChatMessage;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Format;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.serving.feedback.AnswerMemory;
import dev.hone.serving.registry.Records;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EngineAnswersTest extends AnswersFixture {
    @Test
    void givenAQuestion_whenTheEngineAnswers_thenTheSinkHearsOneRevisionAndAnIdThatIsSigned() throws Exception {
        serve(Records.model("r1"));
        Heard heard = ask(hello());
        assertEquals(List.of(), heard.said);
        engine.last().answer("Hi!");

        assertEquals(List.of("begin support r1", "Hi!", "end STOP"), heard.said);
        assertEquals("r1", ids.verified(heard.id).orElseThrow().revision());
        AnswerMemory.Answer remembered = memory.recall(heard.id).orElseThrow();
        assertEquals("Hi!", remembered.text());
        assertEquals(List.of(new ChatMessage("user", "Hello there")), remembered.prompt());
        assertEquals("Hi!", logged.getFirst().answer());
        assertReleased();
    }

    @Test
    void givenARevisionThatIsReplacedMeanwhile_whenTheAnswerEnds_thenItIsTheFirstRevisionsToItsEnd() throws Exception {
        serve(Records.model("r1"));
        Heard heard = ask(hello());
        registry.deploy(Records.serve("support", Records.model("r2")));
        background.submit(() -> {}).get(10, TimeUnit.SECONDS);
        assertEquals(List.of(), store.closed);
        assertEquals("models/r1", engine.last().ask().model().toString());

        engine.last().answer("Hi!");
        background.submit(() -> {}).get(10, TimeUnit.SECONDS);
        assertEquals("begin support r1", heard.said.getFirst());
        assertEquals(List.of("models/r1"), store.closed);
    }

    @Test
    void givenPromptsThatCannotBeRead_whenAsked_thenEachIsRefusedWithASentence() throws Exception {
        serve(Records.model("r1"));
        assertEquals("INVALID_ARGUMENT: Expected a prompt of 1 to 99 tokens, as the model reads 100 with its answer; found 0.",
                ask(question(new Prompt.Text(""), Long.MAX_VALUE)).said.getFirst());
        assertTrue(ask(question(new Prompt.Text("word ".repeat(500)), Long.MAX_VALUE)).said.getFirst().startsWith("INVALID_ARGUMENT: Expected a prompt of 1 to 99 tokens"));
        assertTrue(ask(question(new Prompt.Tokens(new int[] {1_000_000}), Long.MAX_VALUE)).said.getFirst().startsWith("INVALID_ARGUMENT: Expected token ids from 0 to"));
        Question regex = new Question(Caller.ANYONE, "support", Optional.empty(), new Prompt.Text("a"), Sampling.greedy(5), new Format.Regex("("), -1, false, Long.MAX_VALUE);
        assertTrue(ask(regex).said.getFirst().startsWith("INVALID_ARGUMENT"));
        assertEquals(0, engine.asked.size());
        assertReleased();
    }

    @Test
    void givenABusyOrStoppingEngine_whenAsked_thenTheRefusalSaysWhich() throws Exception {
        serve(Records.model("r1"));
        engine.busy = Optional.of(new EngineBusy("full", false));
        assertTrue(ask(hello()).said.getFirst().startsWith("RESOURCE_EXHAUSTED"));
        engine.busy = Optional.of(new EngineBusy("stops", true));
        assertTrue(ask(hello()).said.getFirst().startsWith("UNAVAILABLE"));
        assertReleased();
    }

    @Test
    void givenTooManyPromptsThatWait_whenAsked_thenItIsRefusedAtOnce() throws Exception {
        serve(Records.model("r1"));
        Answers full = new EngineAnswers(engine, registry, ids, memory, AnswerLog.OFF, observer, new EngineAnswers.Settings(work -> {
            throw new RejectedExecutionException();
        }, copies::add, 4, adapterWait));
        Heard heard = new Heard();
        full.ask(hello(), heard);
        assertTrue(heard.said.getFirst().startsWith("RESOURCE_EXHAUSTED"));
        assertReleased();
    }

    @Test
    void givenADeadlineThatHasPassed_whenAsked_thenTheEngineIsNotTroubled() throws Exception {
        serve(Records.model("r1"));
        assertTrue(ask(question(new Prompt.Text("Hello"), System.nanoTime() - 1)).said.getFirst().startsWith("DEADLINE_EXCEEDED"));
        assertEquals(0, engine.asked.size());
        assertReleased();
    }

    @Test
    void givenEndsThatAreNoAnswers_whenTheEngineTellsThem_thenEachIsARefusalAfterWhatWasSaid() throws Exception {
        serve(Records.model("r1"));
        Heard late = ask(hello());
        engine.last().listener().piece("Hi", List.of());
        engine.last().end("Hi", FinishReason.DEADLINE);
        assertEquals(List.of("begin support r1", "Hi", "DEADLINE_EXCEEDED: The answer was not complete by the deadline."), late.said);

        Heard drained = ask(hello());
        engine.last().end("", FinishReason.CANCELLED);
        assertTrue(drained.said.getFirst().startsWith("UNAVAILABLE"));

        Heard broken = ask(hello());
        engine.last().listener().failed(new IllegalStateException("a bug"));
        assertTrue(broken.said.getFirst().startsWith("INTERNAL"));
        assertReleased();
    }

    @Test
    void givenAnAnswerUnderWay_whenItIsCancelled_thenTheEngineIsToldAndTheEndIsARefusal() throws Exception {
        serve(Records.model("r1"));
        Heard heard = new Heard();
        Answers.InFlight inFlight = answers().ask(hello(), heard);
        inFlight.cancel();
        assertEquals(1, engine.cancelled);
        engine.last().end("", FinishReason.CANCELLED);
        assertEquals(List.of("CANCELLED: The request was cancelled."), heard.said);
        assertReleased();
    }
}

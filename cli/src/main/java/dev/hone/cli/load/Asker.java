package dev.hone.cli.load;

import dev.hone.cli.load.Replicas.Replica;
import dev.hone.v1.FinishReason;
import dev.hone.v1.GenerateReply;
import dev.hone.v1.GenerateRequest;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A client that asks again and again: most wait for the whole answer, some leave in the middle, some are in a hurry. */
final class Asker implements Runnable {
    private static final int PATIENT_SECONDS = 300;

    private final int number;
    private final Replicas replicas;
    private final List<String> models;
    private final List<Prompt> prompts;
    private final Expected expected;
    private final Tally tally;
    private final int maxTokens;
    private final BooleanSupplier goOn;
    private final SplittableRandom random;

    Asker(int number, Replicas replicas, List<String> models, List<Prompt> prompts, Expected expected, Tally tally, int maxTokens, BooleanSupplier goOn) {
        this.number = number;
        this.replicas = replicas;
        this.models = models;
        this.prompts = prompts;
        this.expected = expected;
        this.tally = tally;
        this.maxTokens = maxTokens;
        this.goOn = goOn;
        random = new SplittableRandom(number);
    }

    private enum Manner { PATIENT, LEAVING, HURRIED }

    @Override
    public void run() {
        while (goOn.getAsBoolean()) {
            List<Replica> up = replicas.up();
            new One(up.get(random.nextInt(up.size()))).ask();
        }
    }

    /** One request. */
    private final class One {
        private final Replica replica;
        private final Prompt prompt = prompts.get(random.nextInt(prompts.size()));
        private final String model = models.get(random.nextInt(models.size()));
        private final int tokens = 1 + random.nextInt(maxTokens);
        private final int draw = random.nextInt(100);
        private final Manner manner = draw < 70 ? Manner.PATIENT : draw < 85 ? Manner.LEAVING : Manner.HURRIED;
        private final int leaveAfter = 1 + random.nextInt(10);
        private final long started = System.nanoTime();
        private final StringBuilder text = new StringBuilder();
        private GenerateReply first;
        private GenerateReply last;

        One(Replica replica) {
            this.replica = replica;
        }

        void ask() {
            long deadlineMillis = manner == Manner.HURRIED ? 20 + random.nextInt(1500) : PATIENT_SECONDS * 1000L;
            GenerateRequest request = prompt.request(model, tokens);
            Context.CancellableContext call = Context.current().withCancellation();
            Context before = call.attach();
            try {
                read(replica.stub(number).withDeadlineAfter(deadlineMillis, TimeUnit.MILLISECONDS).generate(request), call);
            } catch (StatusRuntimeException e) {
                ended(e.getStatus());
            } finally {
                call.detach(before);
                call.cancel(null);
            }
        }

        private void read(Iterator<GenerateReply> pieces, Context.CancellableContext call) {
            for (int n = 1; pieces.hasNext(); n++) {
                GenerateReply piece = pieces.next();
                if (first == null) {
                    first = piece;
                    tally.began(piece.getRevision(), seconds());
                }
                if (!piece.getRevision().equals(first.getRevision()) || !piece.getAnswerId().equals(first.getAnswerId())) {
                    tally.fault(Outcome.WRONG, "pieces of " + first.getRevision() + " and " + piece.getRevision() + " in one answer of " + model);
                    return;
                }
                last = piece;
                text.append(piece.getText());
                if (manner == Manner.LEAVING && n == leaveAfter && piece.getFinishReason() == FinishReason.FINISH_REASON_UNSPECIFIED) {
                    call.cancel(null);
                }
            }
            whole();
        }

        private double seconds() {
            return (System.nanoTime() - started) / 1e9;
        }

        private void whole() {
            if (last == null || last.getFinishReason() == FinishReason.FINISH_REASON_UNSPECIFIED) {
                tally.fault(Outcome.WRONG, "an answer of " + model + " ended without saying why");
                return;
            }
            fault(Optional.of(last)).ifPresentOrElse(fault -> tally.fault(Outcome.WRONG, fault), () -> tally.answered(first.getRevision(), seconds(), last.getUsage().getCompletionTokens()));
        }

        private Optional<String> fault(Optional<GenerateReply> end) {
            return first == null ? Optional.empty() : expected.fault(first.getRevision(), prompt, text.toString(), end, tokens);
        }

        private void ended(Status status) {
            Optional<String> fault = fault(Optional.empty());
            if (fault.isPresent()) {
                tally.fault(Outcome.WRONG, fault.get());
            } else if (manner == Manner.LEAVING && status.getCode() == Status.Code.CANCELLED) {
                tally.count(Outcome.CANCELLED);
            } else if (manner == Manner.HURRIED && status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
                tally.count(Outcome.OUT_OF_TIME);
            } else if (replica.isKilled()) {
                tally.count(Outcome.LOST);
            } else {
                tally.fault(Outcome.FAILED, status.getCode() + " from replica " + (replica.number() + 1) + " for " + model + ": " + status.getDescription());
            }
        }
    }
}

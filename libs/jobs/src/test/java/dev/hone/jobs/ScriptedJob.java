package dev.hone.jobs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A job that does what its event says: {@code <what> <file that notes every start>}. */
public final class ScriptedJob implements Job {

    public static void main(String[] args) {
        JobMain.run(args, new ScriptedJob());
    }

    @Override
    public void run(JobContext context) throws Exception {
        String[] words = context.event().split(" ");
        Path notes = Path.of(words[1]);
        int starts = note(notes);
        switch (words[0]) {
            case "done" -> { }
            case "crash-once" -> {
                if (starts == 1) {
                    Runtime.getRuntime().halt(137);
                }
            }
            case "crash" -> Runtime.getRuntime().halt(137);
            case "hang" -> hangAtTheEnd(context);
            case "refuse" -> throw JobFailure.userError("refused", "Expected better, found this.");
            case "until-stopped" -> untilStopped(context, starts);
            default -> throw new IllegalArgumentException(words[0]);
        }
    }

    /** As if it had written its last word, but a native library did not let the process go. */
    private static void hangAtTheEnd(JobContext context) throws Exception {
        ExitRecord.write(context.directory().getParent(), JobExitCodes.DONE);
        Thread.sleep(600_000);
    }

    /** Works in a place that survives a restart, and is done at its second start. */
    private static void untilStopped(JobContext context, int starts) throws Exception {
        if (starts == 1) {
            while (!context.stopRequested().getAsBoolean()) {
                Thread.sleep(10);
            }
            Files.writeString(context.directory().resolve("checkpoint"), "half");
            throw new JobStopped("told to stop", null);
        }
        if (!Files.readString(context.directory().resolve("checkpoint")).equals("half")) {
            throw new IllegalStateException("the checkpoint is gone");
        }
    }

    private static int note(Path notes) throws Exception {
        Files.writeString(notes, "start\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return Files.readAllLines(notes).size();
    }

    @Override
    public void tell(JobContext context, JobFailure failure) throws Exception {
        Files.writeString(Path.of(context.event().split(" ")[1] + ".told"), failure.code());
    }
}

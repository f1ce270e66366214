package dev.hone.cli.chaos.fault;

import java.io.IOException;

/** Signals by the system's {@code kill}: Java itself knows only two of them. */
final class Signals {
    private Signals() {}

    /** @return whether there was such a process */
    static boolean send(String signal, long pid) throws IOException, InterruptedException {
        return new ProcessBuilder("kill", "-" + signal, String.valueOf(pid)).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
    }
}

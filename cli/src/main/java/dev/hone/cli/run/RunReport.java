package dev.hone.cli.run;

import dev.hone.cli.console.Terminal;
import dev.hone.cli.console.Wrapped;
import dev.hone.v1.EvalDone;

/** What a command says when the run it waited for has ended. */
public final class RunReport {
    private RunReport() {}

    /** Prints the figures and the outcome. @return the exit code */
    public static int print(Run run, Terminal terminal) {
        Outcome outcome = run.outcome().orElseThrow();
        run.evaluated().ifPresent(event -> figures(event, terminal));
        terminal.line("");
        switch (outcome) {
            case Outcome.Deployed deployed -> terminal.line(terminal.good("Deployed") + " as model " + run.modelName()
                    + ". Talk to it: ./hone chat " + run.modelName());
            case Outcome.Passed passed -> terminal.line("Passed, and not deployed because the recipe says so.");
            case Outcome.Rejected rejected -> System.err.println("Run " + run.id() + " was rejected by the gate.");
            case Outcome.Failed failed -> System.err.println("Run " + run.id() + " " + RunView.reason(failed)
                    + (failed.userError() ? "" : " This is not the dataset's fault; ./hone up keeps logs in logs/ of its folder."));
        }
        return outcome.exitCode();
    }

    /** Scores side by side, and what the gate made of them. */
    static void figures(EvalDone event, Terminal terminal) {
        terminal.line("");
        terminal.lines(RunView.scores(event));
        terminal.line("");
        terminal.lines(Wrapped.lines("", event.getReason(), terminal.columns()));
    }
}

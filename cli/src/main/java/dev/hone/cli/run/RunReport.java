package dev.hone.cli.run;

import dev.hone.cli.console.Terminal;
import dev.hone.cli.console.Wrapped;

/** What a command says when the run it waited for has ended. */
public final class RunReport {
    private RunReport() {}

    /** Prints the figures and the outcome. @return the exit code */
    public static int print(Run run, Terminal terminal) {
        Outcome outcome = run.outcome().orElseThrow();
        run.evaluated().ifPresent(event -> {
            terminal.line("");
            terminal.lines(RunView.scores(event));
            terminal.line("");
            terminal.lines(Wrapped.lines("", event.getReason(), terminal.columns()));
        });
        terminal.line("");
        switch (outcome) {
            case Outcome.Deployed deployed -> terminal.line(terminal.good("Deployed") + " as model " + run.modelName()
                    + ". Talk to it: ./hone chat " + run.modelName());
            case Outcome.Passed passed -> terminal.line("Passed, and not deployed because the recipe says so.");
            case Outcome.Rejected rejected -> System.err.println("Run " + run.id() + " was rejected by the gate: " + rejected.reason());
            case Outcome.Failed failed -> System.err.println("Run " + run.id() + " " + RunView.reason(failed)
                    + (failed.userError() ? "" : " This is not the dataset's fault; ./hone up keeps logs in logs/ of its folder."));
        }
        return outcome.exitCode();
    }
}

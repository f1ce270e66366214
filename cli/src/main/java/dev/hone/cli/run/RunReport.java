package dev.hone.cli.run;

import dev.hone.cli.console.Terminal;

/** What a command says when the run it waited for has ended. */
public final class RunReport {
    private RunReport() {}

    /** Prints the figures and the outcome. @return the exit code */
    public static int print(Run run, Terminal terminal) {
        Outcome outcome = run.outcome().orElseThrow();
        run.evaluated().ifPresent(event -> {
            terminal.line("");
            terminal.lines(RunView.scores(event));
        });
        terminal.line("");
        switch (outcome) {
            case Outcome.Deployed deployed -> terminal.line(terminal.good("Deployed") + " as model " + run.modelName()
                    + ". Talk to it: ./hone chat " + run.modelName());
            case Outcome.Passed passed -> terminal.line("Passed, and not deployed because the recipe says so: " + passed.reason());
            case Outcome.Rejected rejected -> System.err.println("Rejected by the gate: " + rejected.reason());
            case Outcome.Failed failed -> System.err.println("Run " + run.id() + " " + RunView.reason(failed)
                    + (failed.userError() ? "" : " This is not the dataset's fault; ./hone up keeps logs in logs/ of its folder."));
        }
        return outcome.exitCode();
    }
}

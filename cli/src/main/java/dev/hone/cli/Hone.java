package dev.hone.cli;

import dev.hone.artifacts.CorruptArtifact;
import dev.hone.cli.backup.BackupCommand;
import dev.hone.cli.backup.RestoreCommand;
import dev.hone.cli.bench.BenchCommand;
import dev.hone.cli.chaos.ChaosCommand;
import dev.hone.cli.chat.ChatCommand;
import dev.hone.cli.chat.FeedbackCommand;
import dev.hone.cli.console.Failure;
import dev.hone.cli.demo.DemoCommand;
import dev.hone.cli.deploy.DeployCommand;
import dev.hone.cli.deploy.PromoteCommand;
import dev.hone.cli.deploy.RollbackCommand;
import dev.hone.cli.evaluate.EvaluateCommand;
import dev.hone.cli.keys.KeysCommand;
import dev.hone.cli.local.DownCommand;
import dev.hone.cli.local.UpCommand;
import dev.hone.cli.models.ModelsCommand;
import dev.hone.cli.plan.PlanCommand;
import dev.hone.cli.quantize.ExportCommand;
import dev.hone.cli.quantize.QuantizeCommand;
import dev.hone.cli.run.RunsCommand;
import dev.hone.cli.score.MergeCommand;
import dev.hone.cli.score.ScoreCommand;
import dev.hone.cli.submit.SubmitCommand;
import dev.hone.cli.train.TrainCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The command line. Every command ends with a sentence and a code, never with a stack trace unless one is asked for. */
@Command(name = "hone", mixinStandardHelpOptions = true, version = "Hone 0.1.0", scope = ScopeType.INHERIT, synopsisSubcommandLabel = "COMMAND",
        description = "Hone turns data into a better language model, and keeps turning.",
        subcommands = {UpCommand.class, DownCommand.class, SubmitCommand.class, RunsCommand.class, ChatCommand.class,
                FeedbackCommand.class, ModelsCommand.class, DeployCommand.class, PromoteCommand.class, RollbackCommand.class, PlanCommand.class, TrainCommand.class, ScoreCommand.class, MergeCommand.class,
                QuantizeCommand.class, ExportCommand.class, EvaluateCommand.class, BackupCommand.class, RestoreCommand.class, KeysCommand.class, DemoCommand.class, ChaosCommand.class, BenchCommand.class},
        footer = {"", "Also, by the launcher: ./hone build, ./hone test"})
public final class Hone {
    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show where an error came from, and what libraries log.")
    private boolean debug;

    private Hone() {}

    public static void main(String[] args) {
        if (java.util.Arrays.asList(args).contains("--debug")) {
            System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "info");
        }
        System.exit(run(args));
    }

    static int run(String... args) {
        Hone hone = new Hone();
        CommandLine line = new CommandLine(hone);
        line.setParameterExceptionHandler(Hone::misused);
        line.setExecutionExceptionHandler((e, command, parsed) -> hone.failed(e));
        line.setUsageHelpAutoWidth(false).setUsageHelpWidth(100);
        if (args.length == 0) {
            line.usage(System.out);
            return 0;
        }
        try {
            return line.execute(args);
        } catch (Error e) {
            return hone.failed(e);
        }
    }

    private static int misused(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        System.err.println(e.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(e, command.getErr());
        System.err.println("See: ./hone " + command.getCommandSpec().qualifiedName(" ").replaceFirst("^hone ?", "").concat(" --help").strip());
        return Failure.USAGE;
    }

    private int failed(Throwable e) {
        if (debug) {
            e.printStackTrace();
        }
        if (e instanceof Failure failure) {
            System.err.println(failure.getMessage());
            return failure.exitCode();
        }
        if (e instanceof CorruptArtifact refused) {
            System.err.println(refused.getMessage());
            return Failure.FAILED;
        }
        System.err.println("This should not have happened: " + e + (debug ? "" : ". Run it again with --debug to see where."));
        return Failure.FAILED;
    }
}

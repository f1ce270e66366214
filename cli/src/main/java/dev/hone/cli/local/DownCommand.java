package dev.hone.cli.local;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.HomeOption;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Ctrl-C for a stack in another terminal. */
@Command(name = "down", description = {"Stop the stack that runs here, in order. Runs in progress checkpoint first and go on at the next ./hone up."},
        footer = {"", "Example:", "  ./hone down"})
public final class DownCommand implements Callable<Integer> {
    private static final long PATIENCE_SECONDS = 180;

    @Mixin private HomeOption home;

    @Override
    public Integer call() throws Exception {
        Optional<ProcessHandle> up = Endpoints.find(home.home()).flatMap(endpoints -> endpoints.up().find());
        if (up.isEmpty()) {
            Terminal.standard().line("Nothing runs in " + home.home().folder() + ".");
            return 0;
        }
        up.get().destroy();
        try {
            up.get().onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new Failure("Process " + up.get().pid() + " was asked to stop and still runs after " + PATIENCE_SECONDS + " s. Its terminal says why.", e);
        }
        Terminal.standard().line("Stopped.");
        return 0;
    }
}

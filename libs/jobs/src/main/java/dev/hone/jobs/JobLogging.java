package dev.hone.jobs;

import java.util.List;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/**
 * Sends a job's log to standard error, one line a record.
 *
 * <p>On a Quarkus service's class path the log manager keeps every record in memory until Quarkus has read its
 * configuration. A job is no Quarkus application, so that would never happen.
 */
public final class JobLogging {

    /** Libraries that narrate at info what only they care about. Held here: a logger nobody holds forgets its level. */
    private static final List<Logger> QUIET = List.of("org.apache.kafka", "ai.djl", "okhttp3").stream().map(Logger::getLogger).collect(Collectors.toList());

    private static volatile List<String> pairs = List.of();

    private JobLogging() {}

    /** A process is one job: what holds of all that it says from now on, each {@code key=value}, comes before a message that does not say it. */
    public static void everyLineHas(List<String> keysAndValues) {
        pairs = List.copyOf(keysAndValues);
    }

    static void toStandardError() {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        ConsoleHandler console = new ConsoleHandler();
        console.setFormatter(new OneLine());
        console.setLevel(Level.INFO);
        root.addHandler(console);
        root.setLevel(Level.INFO);
        QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
    }

    private static final class OneLine extends Formatter {

        @Override
        public String format(LogRecord record) {
            String name = String.valueOf(record.getLoggerName());
            String message = formatMessage(record);
            String keys = pairs.stream().filter(pair -> !message.contains(pair)).map(pair -> pair + " ").collect(Collectors.joining());
            String line = "%1$tF %1$tT.%1$tL %2$-7s %3$s %4$s%5$s%n".formatted(record.getMillis(), record.getLevel(),
                    name.substring(name.lastIndexOf('.') + 1), keys, message);
            return record.getThrown() == null ? line : line + stackTrace(record.getThrown());
        }

        private static String stackTrace(Throwable thrown) {
            var text = new java.io.StringWriter();
            thrown.printStackTrace(new java.io.PrintWriter(text, true));
            return text.toString();
        }
    }
}

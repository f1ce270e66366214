package dev.hone.cli.run;

import dev.hone.cli.console.Failure;

/** How a run ended. */
public sealed interface Outcome {
    /** What the shell gets from a command that waited for it. */
    int exitCode();

    /** In a word, for a list. */
    String word();

    /** It passed the gate and its model was sent to serving. */
    record Deployed(String scheme) implements Outcome {
        @Override
        public int exitCode() {
            return 0;
        }

        @Override
        public String word() {
            return "deployed";
        }
    }

    /** It passed the gate; its recipe says that nothing be deployed. */
    record Passed(String reason) implements Outcome {
        @Override
        public int exitCode() {
            return 0;
        }

        @Override
        public String word() {
            return "passed";
        }
    }

    /** The gate refused it. */
    record Rejected(String reason) implements Outcome {
        @Override
        public int exitCode() {
            return Failure.REJECTED;
        }

        @Override
        public String word() {
            return "rejected";
        }
    }

    /** It ended without a model. */
    record Failed(String stage, String code, String message, boolean userError) implements Outcome {
        @Override
        public int exitCode() {
            return Failure.FAILED;
        }

        @Override
        public String word() {
            return "failed";
        }
    }
}

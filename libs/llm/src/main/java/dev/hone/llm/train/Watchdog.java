package dev.hone.llm.train;

import java.util.Locale;

/**
 * Stops a run that has diverged. It looks at every step's loss before the weights move: that loss says how good the weights
 * are that the last step made. While it is not {@link #calm()} nothing is checkpointed, so whatever was kept last is from
 * before the trouble, and the count of bad steps needs no place in it.
 */
final class Watchdog {
    private static final String ADVICE = " The last checkpoint from before is kept. Lower learning_rate, lengthen the warm-up";

    private final double threshold;
    private final int patience;
    private int badInARow;

    Watchdog(TrainingRecipe recipe) {
        this.threshold = recipe.lossWatchdogThreshold();
        this.patience = recipe.lossWatchdogPatience();
    }

    /**
     * @param step counts from 1
     * @param loss nats per labelled token
     * @param norm of the gradient before clipping
     * @throws TrainingFailed (loss_diverged) if one of them is no finite number, or this was one step too many above the threshold
     */
    void look(long step, double loss, double norm) {
        if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
            throw diverged("In step " + step + " the loss became " + loss + " with a gradient norm of " + norm + ": training diverged." + ADVICE + " or lower max_grad_norm.");
        }
        badInARow = threshold > 0 && loss > threshold ? badInARow + 1 : 0;
        if (badInARow >= patience) {
            throw diverged(String.format(Locale.ROOT, "The loss was above loss_watchdog_threshold %s for %d steps in a row, and is %.3f in step %d with a gradient norm of %.3g:"
                    + " training diverged.%s, lower max_grad_norm, or raise the threshold if this loss is what the data begins with.", threshold, badInARow, loss, step, norm, ADVICE));
        }
    }

    /** @throws TrainingFailed (loss_diverged) if a validation's loss is no finite number */
    static void lookAtValidation(long step, double loss) {
        if (!Double.isFinite(loss)) {
            throw diverged("After step " + step + " the validation loss became " + loss + ": training diverged." + ADVICE + " or lower max_grad_norm.");
        }
    }

    /** Whether the loss that was looked at last is a healthy one. */
    boolean calm() {
        return badInARow == 0;
    }

    /** Whether weights of this loss may be kept. */
    boolean trusts(double loss) {
        return calm() && Double.isFinite(loss) && !(threshold > 0 && loss > threshold);
    }

    private static TrainingFailed diverged(String sentence) {
        return new TrainingFailed("loss_diverged", sentence, true);
    }
}

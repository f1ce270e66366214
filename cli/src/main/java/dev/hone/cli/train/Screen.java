package dev.hone.cli.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.estimate.Estimate;
import dev.hone.llm.train.FineTuneResult;
import dev.hone.llm.train.TrainingObserver;

/** What somebody, or a program, sees of a run. */
interface Screen extends TrainingObserver {
    /** Something that the recipe or the data made worth saying. */
    void note(String sentence);

    /**
     * @param rows that are trained on
     * @param validationRows held out; 0 for none
     * @param recipe every setting, as the run has it
     */
    void begins(String model, long rows, long validationRows, ObjectNode recipe);

    void predicted(Estimate estimate);

    /** It was asked to stop. */
    void stopping();

    void interrupted(long step);

    void failed(String code, String sentence);

    /** @param predicted by {@link #predicted} before */
    void done(FineTuneResult result, Estimate predicted);
}

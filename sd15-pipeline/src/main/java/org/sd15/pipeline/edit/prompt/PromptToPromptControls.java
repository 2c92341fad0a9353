package org.sd15.pipeline.edit.prompt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionControl.TokenMap;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.words.Window;

/**
 * The arrays with which {@link PromptToPrompt} controls each step of one run. They concern the conditional rows of the
 * targets only; those of the source and all unconditional ones are left as they are. All arrays are in double
 * precision.
 */
public final class PromptToPromptControls {

    /** What is the same in all steps for one target. */
    private record Target(double[][] matrix, double[] alpha, double[] weights, List<TokenWindow> windows) {}

    private record TokenWindow(List<Integer> tokens, Window window) {}

    private final PromptToPrompt edit;
    private final int steps;
    private final RowLayout rows;
    private final int keys;
    private final List<Target> targets;

    PromptToPromptControls(PromptToPrompt edit, int steps, RowLayout rows) {
        if (rows.pictures() != edit.prompts().pictures()) {
            throw new IllegalArgumentException("an edit with %d targets is of %d pictures, the batch has %d"
                    .formatted(edit.prompts().targets().size(), edit.prompts().pictures(), rows.pictures()));
        }
        if (steps < 1) {
            throw new IllegalArgumentException("an edit over %d steps: at least 1 is needed".formatted(steps));
        }
        this.edit = edit;
        this.steps = steps;
        this.rows = rows;
        this.keys = edit.prompts().source().keys();
        List<PromptAlignment> alignments = edit.alignments();
        this.targets = IntStream.range(0, alignments.size())
                .mapToObj(i -> target(i, alignments.get(i)))
                .toList();
    }

    private Target target(int number, PromptAlignment alignment) {
        double[] weights = new double[keys];
        Arrays.fill(weights, 1);
        edit.weights()
                .forEach((word, weight) ->
                        edit.prompts().inTargets(word).get(number).forEach(token -> weights[token] = weight));
        List<TokenWindow> windows = new ArrayList<>();
        edit.crossGate()
                .words()
                .forEach((word, window) -> windows.add(
                        new TokenWindow(edit.prompts().inTargets(word).get(number), window)));
        return new Target(alignment.matrix(), alignment.alpha(), weights, windows);
    }

    /**
     * The edit of cross attention in a step, the same at all sites. With a the gate, e the weights and alpha the
     * alignment's, U is {@code a e alpha} and V is {@code a e (1 - alpha) + (1 - a)}: replacing, refining and
     * reweighting in one formula.
     *
     * @param step from 0, the noisiest
     */
    public TokenMap tokenMap(int step) {
        requireStep(step);
        double[][][] matrix = new double[rows.rows()][][];
        Arrays.setAll(matrix, row -> identity(keys));
        double[][] mixed = new double[rows.rows()][keys];
        double[][] own = new double[rows.rows()][keys];
        Arrays.stream(own).forEach(row -> Arrays.fill(row, 1));
        for (int i = 0; i < targets.size(); i++) {
            Target target = targets.get(i);
            int row = rows.conditional(i + 1);
            matrix[row] = target.matrix();
            boolean[] open = open(target, step);
            for (int key = 0; key < keys; key++) {
                if (open[key]) {
                    mixed[row][key] = target.weights()[key] * target.alpha()[key];
                    own[row][key] = target.weights()[key] * (1 - target.alpha()[key]);
                }
            }
        }
        return new TokenMap(routing(true), Nd4j.createFromArray(matrix), perKey(mixed), perKey(own));
    }

    /**
     * The routing of queries and of keys of self attention in a step, {@code [rows, rows]}: with both, a target's row
     * has the probabilities of the source's. The sites are those of {@link PromptToPrompt#editsSelf}.
     *
     * @param step from 0, the noisiest
     */
    public INDArray selfRouting(int step) {
        requireStep(step);
        return routing(edit.selfGate().contains(step, steps));
    }

    /** Which tokens of the target are edited in the step. The published code measures these windows in steps + 1. */
    private boolean[] open(Target target, int step) {
        boolean[] open = new boolean[keys];
        Arrays.fill(open, edit.crossGate().rule().contains(step, steps + 1));
        for (TokenWindow word : target.windows()) {
            boolean now = word.window().contains(step, steps + 1);
            word.tokens().forEach(token -> open[token] = now);
        }
        return open;
    }

    private INDArray routing(boolean fromSource) {
        double[][] routing = identity(rows.rows());
        if (fromSource) {
            for (int picture = 1; picture < rows.pictures(); picture++) {
                int row = rows.conditional(picture);
                routing[row][row] = 0;
                routing[row][rows.conditional(0)] = 1;
            }
        }
        return Nd4j.createFromArray(routing);
    }

    private INDArray perKey(double[][] values) {
        return Nd4j.createFromArray(values).reshape(rows.rows(), 1, 1, keys);
    }

    private void requireStep(int step) {
        if (step < 0 || step >= steps) {
            throw new IndexOutOfBoundsException("step %d of %d".formatted(step, steps));
        }
    }

    private static double[][] identity(int size) {
        double[][] identity = new double[size][size];
        for (int i = 0; i < size; i++) {
            identity[i][i] = 1;
        }
        return identity;
    }
}

package org.sd15.examples.benchmark.method;

import java.util.List;

/**
 * Several edits of one picture, of which the model itself chooses: the one that it finds best explained by the target prompt
 * rather than by the source prompt; see {@link PromptLikelihood}. Its inversions are shared with everybody else's.
 *
 * @param name its name
 * @param candidates the edits
 * @param grid the settings to choose from: none but those of the composite
 */
record ChosenMethod(String name, List<Candidate> candidates, List<Settings> grid) implements EditMethod {

    /**
     * One edit to choose from.
     *
     * @param method makes it
     * @param settings it is run with
     */
    record Candidate(EditMethod method, Settings settings) {}

    @Override
    public boolean isCombination() {
        return true;
    }

    @Override
    public Edited edit(Workbench bench, Settings settings) {
        PromptLikelihood likelihood = new PromptLikelihood(bench);
        Edited best = null;
        double most = Double.NEGATIVE_INFINITY;
        for (Candidate candidate : candidates) {
            Edited edited = new CompositedMethod(name, candidate.method, grid)
                    .edit(
                            bench,
                            candidate.settings.with("low", settings.get("low")).with("high", settings.get("high")));
            double gain = likelihood.gain(edited.picture());
            if (best == null || gain > most) {
                best = edited;
                most = gain;
            }
        }
        return java.util.Objects.requireNonNull(best);
    }
}

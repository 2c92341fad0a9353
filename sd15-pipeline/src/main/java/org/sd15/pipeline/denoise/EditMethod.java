package org.sd15.pipeline.denoise;

import java.util.List;

/**
 * A way to edit pictures or to observe how they are drawn: a value that is independent of any run. A run calls {@link
 * #over} once, before its first step, with its pictures, their size and its steps.
 *
 * <p>To write a method, implement this; what it does in each step is in the {@link EditProgram} that it returns. It is given
 * to {@code org.sd15.pipeline.denoise.GenerationRequestBuilder.with} or, beside another edit, to {@code RunSettings.with}.
 */
@FunctionalInterface
public interface EditMethod {

    /**
     * The program of one run.
     *
     * @param stage what can be known of the run before its first step
     * @return a program for this run alone; it may keep state by the number of the step
     * @throws IllegalArgumentException if the method does not fit the run, for instance the number of its pictures
     */
    EditProgram over(Stage stage);

    /**
     * Several methods for the same pictures.
     *
     * @param methods in the order in which they act: the controls of later ones replace those of earlier ones where both
     *     set the same port of an attention
     */
    static EditMethod chain(List<? extends EditMethod> methods) {
        List<EditMethod> all = List.copyOf(methods);
        return stage ->
                EditProgram.chain(all.stream().map(method -> method.over(stage)).toList());
    }
}

package org.sd15.benchmark;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.benchmark.method.Job;

/**
 * One case of a benchmark: what a method gets to see, and the truth that it is judged by.
 *
 * @param name tells it apart, fit for a file's name
 * @param kind what is asked for, in a word
 * @param job what a method gets to see
 * @param editable where the picture may change, shares from 0 to 1, row by row
 * @param wordMask where the job's source word is in the picture, likewise; or null if nobody knows
 * @param ideal the picture that a perfect edit would make, {@code [1, 3, H, W]}; null if nobody knows
 * @param succeeds says whether a picture {@code [1, 3, H, W]} is what was asked for; null if nobody can tell
 */
public record EditTask(
        String name,
        String kind,
        Job job,
        float[] editable,
        float @Nullable [] wordMask,
        @Nullable INDArray ideal,
        @Nullable Predicate<INDArray> succeeds) {}

package org.sd15.pipeline.denoise;

import java.util.Collection;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The model at one step of a run, for programs that look or steer before the step. It sees each picture once, under the
 * picture's own prompt and without any control; and no more of it is computed than what is asked for needs.
 */
public interface StepModel {

    /**
     * Attention maps.
     *
     * @param latents {@code [pictures, channels, h, w]}
     * @param names of maps, see {@link org.sd15.attention.control.AttentionSite#probs()}
     * @return by name, {@code [pictures, heads, queries, keys]}; the caller closes them
     */
    Map<String, INDArray> maps(INDArray latents, Collection<String> names);

    /**
     * The gradient, with respect to the latents, of the sum over all maps of {@code <map, cotangent>}.
     *
     * @param latents {@code [pictures, channels, h, w]}
     * @param cotangents by name of a map, of its shape
     * @return {@code [pictures, channels, h, w]}
     */
    INDArray gradient(INDArray latents, Map<String, INDArray> cotangents);

    /**
     * The model for some of the pictures.
     *
     * @param first the number of the first of them, from 0
     * @param count how many
     */
    StepModel pictures(int first, int count);
}

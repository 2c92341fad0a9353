/**
 * Which part of a picture a word is about, read from the cross attention that painted it.
 *
 * <p>{@link org.sd15.pipeline.heatmap.HeatMaps} adds up attention while a picture is made; {@link
 * org.sd15.pipeline.heatmap.PromptHeatMaps} has the maps of the tokens and words of a prompt; {@link
 * org.sd15.pipeline.heatmap.HeatMap} is one map, ready to be laid over the picture. No pictures are read or written
 * here.
 *
 * <p>R. Tang, L. Liu, A. Pandey, Z. Jiang, G. Yang, K. Kumar, P. Stenetorp, J. Lin, F. Ture, "What the DAAM:
 * Interpreting Stable Diffusion Using Cross Attention", ACL 2023.
 */
@NullMarked
package org.sd15.pipeline.heatmap;

import org.jspecify.annotations.NullMarked;

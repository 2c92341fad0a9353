/**
 * MasaCtrl: poses and layouts change, looks stay. From some step and layer on, the edited picture's self attention
 * takes its keys and values from the source. {@link org.sd15.pipeline.edit.masactrl.MasaCtrlRequest} is the request,
 * {@link org.sd15.pipeline.edit.masactrl.MasaCtrl} its settings.
 *
 * <p>M. Cao, X. Wang, Z. Qi, Y. Shan, X. Qie, Y. Zheng, "MasaCtrl: Tuning-Free Mutual Self-Attention Control for Consistent
 * Image Synthesis and Editing", ICCV 2023.
 */
@NullMarked
package org.sd15.pipeline.edit.masactrl;

import org.jspecify.annotations.NullMarked;

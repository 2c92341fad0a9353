/**
 * InstructPix2Pix: a picture is edited by an instruction, with a model whose UNet was trained to see the picture's latents
 * in four more channels. {@link org.sd15.pipeline.edit.instruct.InstructRequest} is the request.
 *
 * <p>T. Brooks, A. Holynski, A. A. Efros, "InstructPix2Pix: Learning to Follow Image Editing Instructions", CVPR 2023.
 */
@NullMarked
package org.sd15.pipeline.edit.instruct;

import org.jspecify.annotations.NullMarked;

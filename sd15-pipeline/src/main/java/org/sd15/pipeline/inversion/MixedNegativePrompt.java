package org.sd15.pipeline.inversion;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.pipeline.edit.EditProgram;

/**
 * Negative-prompt inversion part of the way: the unconditional text of all pictures lies between the source's prompt and
 * the unconditional text of the run, on the arc between the two. Nearer to the prompt the source comes back better, nearer
 * to the empty text the targets follow their own prompts more.
 *
 * @param ratio from 0, the source's prompt, to 1, the text that the run has
 * @see <a href="https://github.com/phymhan/prompt-to-prompt/blob/9955a1f/run_npi.py">phymhan/prompt-to-prompt, npi_interp</a>
 */
public record MixedNegativePrompt(double ratio) implements EditProgram {

    /** Checks the ratio. */
    public MixedNegativePrompt {
        if (!(ratio >= 0 && ratio <= 1)) {
            throw new IllegalArgumentException("the ratio is %s, must be from 0 to 1".formatted(ratio));
        }
    }

    @Override
    public INDArray context(int step, INDArray context) {
        INDArray changed = context.dup('c');
        GuidedRows rows = new GuidedRows(changed);
        INDArray source = rows.conditional().slice(0).dup('c'); // [tokens, width]
        INDArray unconditional = rows.unconditional();
        for (int picture = 0; picture < rows.pictures(); picture++) {
            INDArray text = unconditional.slice(picture);
            text.assign(between(source, text.dup('c')));
        }
        return changed;
    }

    /** Spherical interpolation of two texts as a whole, each one vector. */
    private INDArray between(INDArray source, INDArray text) {
        double angle = Math.acos(Math.max(-1, Math.min(1, Transforms.cosineSim(source, text))));
        if (ratio == 0 || angle == 0) {
            return source;
        }
        if (ratio == 1) {
            return text;
        }
        double sine = Math.sin(angle);
        return source.mul(Math.sin((1 - ratio) * angle) / sine).add(text.mul(Math.sin(ratio * angle) / sine));
    }
}

package org.sd15.pipeline.denoise;

import java.util.List;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.schedule.Sampler;

/**
 * What an {@link EditMethod} has to know of a run.
 *
 * @param sites all attentions of the model at the size of the latents, in the order of execution
 * @param latents height and width of the latents, an eighth of the pictures' in Stable Diffusion 1.x
 * @param rows which row of the UNet's batch belongs to which picture
 * @param sampler the calls of the model: their timesteps, noise levels and how the sample changes
 */
public record Stage(List<AttentionSite> sites, Grid latents, RowLayout rows, Sampler sampler) {

    /** Copies the list. */
    public Stage {
        sites = List.copyOf(sites);
    }

    /**
     * The number of calls of the model, numbered from 0. With a scheduler of second order, such as Heun, they are more
     * than the steps that were asked for.
     */
    public int steps() {
        return sampler.calls();
    }

    /** The tokens of the text states, which are the keys of cross attention; 0 if the model has none. */
    public int tokens() {
        return sites.stream()
                .filter(AttentionSite::isCross)
                .mapToInt(AttentionSite::keys)
                .findFirst()
                .orElse(0);
    }

    /**
     * This stage for some of its pictures, as if there were no others.
     *
     * @param count of pictures, at least 1
     */
    public Stage pictures(int count) {
        return new Stage(sites, latents, new RowLayout(count, rows.perPicture()), sampler);
    }
}

package org.sd15.pipeline.denoise;

import java.util.List;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.schedule.Sampler;

/**
 * What an {@link EditMethod} has to know of a run.
 *
 * @param sites all attentions of the model at the size of the latents
 * @param latents the size of the latents
 * @param rows of the UNet's batch
 * @param sampler the steps, and their timesteps
 */
public record Stage(List<AttentionSite> sites, Grid latents, RowLayout rows, Sampler sampler) {

    /** Copies the list. */
    public Stage {
        sites = List.copyOf(sites);
    }

    /** How many steps there are, numbered from 0. */
    public int steps() {
        return sampler.calls();
    }

    /** This stage for some of its pictures, as if there were no others. */
    public Stage pictures(int count) {
        return new Stage(sites, latents, new RowLayout(count, rows.perPicture()), sampler);
    }
}

package org.sd15.pipeline.denoise;

import java.util.ArrayList;
import java.util.List;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.control.AttentionSite.Kind;
import org.sd15.attention.control.AttentionSite.Place;

/** Attention sites of models, as the UNet lists them. */
public final class Sites {

    private static final Place[] PLACES = {
        Place.DOWN,
        Place.DOWN,
        Place.DOWN,
        Place.DOWN,
        Place.DOWN,
        Place.DOWN,
        Place.MID,
        Place.UP,
        Place.UP,
        Place.UP,
        Place.UP,
        Place.UP,
        Place.UP,
        Place.UP,
        Place.UP,
        Place.UP
    };
    private static final int[] LEVELS = {0, 0, 1, 1, 2, 2, 3, 2, 2, 2, 1, 1, 1, 0, 0, 0};

    private Sites() {}

    /** The 32 sites of Stable Diffusion 1.5. */
    public static List<AttentionSite> sd15(Grid latents) {
        List<AttentionSite> sites = new ArrayList<>();
        for (int i = 0; i < LEVELS.length; i++) {
            Grid grid = latents.halved(LEVELS[i]);
            sites.add(site(i, Kind.SELF, PLACES[i], grid, grid.cells(), 8));
            sites.add(site(i, Kind.CROSS, PLACES[i], grid, 77, 8));
        }
        return sites;
    }

    /** A cross attention on the way up. */
    public static AttentionSite cross(int index, Grid grid, int heads) {
        return site(index, Kind.CROSS, Place.UP, grid, 77, heads);
    }

    /** Any site. */
    public static AttentionSite site(int index, Kind kind, Place place, Grid grid, int keys, int heads) {
        return new AttentionSite(index, kind, place, "block." + index, grid.height(), grid.width(), keys, heads);
    }
}

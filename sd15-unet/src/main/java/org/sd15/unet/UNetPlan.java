package org.sd15.unet;

import java.util.ArrayList;
import java.util.List;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.control.AttentionSite.Kind;
import org.sd15.attention.control.AttentionSite.Place;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;

/**
 * The blocks of a UNet in the order of execution. Index arithmetic lives here and nowhere else.
 *
 * @param down from the largest map to the smallest
 * @param mid the block at the smallest map
 * @param up from the smallest map to the largest
 */
record UNetPlan(List<Block> down, Block mid, List<Block> up) {

    /**
     * One block.
     *
     * @param path diffusers' path, for instance {@code down_blocks.0}
     * @param place the part of the UNet
     * @param level how often the map has been halved
     * @param out width of the block
     * @param resnets number of residual blocks
     * @param attention whether transformers follow the residual blocks
     * @param heads of its attentions
     * @param resamples whether the block ends by halving or doubling the map
     */
    record Block(
            String path,
            Place place,
            int level,
            int out,
            int resnets,
            boolean attention,
            int heads,
            boolean resamples) {

        /** Number of transformers: one a residual block, but one less in the middle. */
        int transformers() {
            if (!attention) {
                return 0;
            }
            return place == Place.MID ? resnets - 1 : resnets;
        }
    }

    static UNetPlan of(UNetConfig config) {
        List<Integer> widths = config.blockOutChannels();
        int last = widths.size() - 1;
        List<Block> down = new ArrayList<>();
        List<Block> up = new ArrayList<>();
        for (int i = 0; i <= last; i++) {
            boolean attention = config.downBlockTypes().get(i) == DownBlockType.CrossAttnDownBlock2D;
            down.add(new Block(
                    "down_blocks." + i,
                    Place.DOWN,
                    i,
                    widths.get(i),
                    config.layersPerBlock(),
                    attention,
                    config.heads().get(i),
                    i < last));
        }
        for (int i = 0; i <= last; i++) {
            int level = last - i;
            boolean attention = config.upBlockTypes().get(i) == UpBlockType.CrossAttnUpBlock2D;
            up.add(new Block(
                    "up_blocks." + i,
                    Place.UP,
                    level,
                    widths.get(level),
                    config.layersPerBlock() + 1,
                    attention,
                    config.heads().get(level),
                    level > 0));
        }
        return new UNetPlan(
                down,
                new Block(
                        "mid_block",
                        Place.MID,
                        last,
                        widths.get(last),
                        2,
                        true,
                        config.heads().get(last),
                        false),
                up);
    }

    /** All blocks in the order of execution. */
    List<Block> blocks() {
        List<Block> blocks = new ArrayList<>(down);
        blocks.add(mid);
        blocks.addAll(up);
        return blocks;
    }

    /** All attentions in the order of execution, for latents of the given size and a text of the given length. */
    List<AttentionSite> sites(int height, int width, int textTokens) {
        List<AttentionSite> sites = new ArrayList<>();
        for (Block block : blocks()) {
            int h = side(height, block.level());
            int w = side(width, block.level());
            for (int j = 0; j < block.transformers(); j++) {
                String path = block.path() + ".attentions." + j + ".transformer_blocks.0.";
                int index = sites.size() / 2;
                sites.add(
                        new AttentionSite(index, Kind.SELF, block.place(), path + "attn1", h, w, h * w, block.heads()));
                sites.add(new AttentionSite(
                        index, Kind.CROSS, block.place(), path + "attn2", h, w, textTokens, block.heads()));
            }
        }
        return List.copyOf(sites);
    }

    /** A side of the map at a level: halved, rounding up. */
    static int side(int side, int level) {
        return (side + (1 << level) - 1) >> level;
    }
}

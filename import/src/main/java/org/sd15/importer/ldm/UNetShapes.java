package org.sd15.importer.ldm;

import java.util.ArrayList;
import java.util.List;
import org.sd15.importer.io.ImportException;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;

/** A UNet's configuration from its tensors. */
final class UNetShapes {

    private static final String MIDDLE = "middle_block.1.";

    private final LdmTensors tensors;
    private final List<Integer> widths = new ArrayList<>();
    private final List<Integer> layers = new ArrayList<>();
    private final List<DownBlockType> down = new ArrayList<>();
    private final List<UpBlockType> up = new ArrayList<>();

    UNetShapes(LdmTensors tensors) {
        this.tensors = tensors;
    }

    UNetConfig config(int heads, int groups, double epsilon) {
        refuseOtherArchitectures();
        int position = 1;
        do {
            position = readLevel(position);
        } while (tensors.has("input_blocks." + position++ + ".0.op.weight"));
        int layersPerBlock = layers.get(0);
        if (layers.stream().anyMatch(count -> count != layersPerBlock)) {
            throw problem("has %s residual blocks per level, must be the same number on each".formatted(layers));
        }
        for (int level = 0; level < widths.size(); level++) {
            up.add(
                    attends("output_blocks." + level * (layersPerBlock + 1))
                            ? UpBlockType.CrossAttnUpBlock2D
                            : UpBlockType.UpBlock2D);
        }
        return build(layersPerBlock, heads, groups, epsilon);
    }

    private UNetConfig build(int layersPerBlock, int heads, int groups, double epsilon) {
        try {
            return new UNetConfig(
                    tensors.dimension("input_blocks.0.0.weight", 1),
                    tensors.dimension("out.2.weight", 0),
                    widths,
                    down,
                    up,
                    layersPerBlock,
                    heads,
                    tensors.dimension(MIDDLE + "transformer_blocks.0.attn2.to_k.weight", 1),
                    groups,
                    epsilon,
                    tensors.rank(MIDDLE + "proj_in.weight") == 2);
        } catch (ImportException itself) {
            throw itself;
        } catch (IllegalArgumentException inconsistent) {
            throw new ImportException(tensors.path(), String.valueOf(inconsistent.getMessage()), inconsistent);
        }
    }

    private void refuseOtherArchitectures() {
        if (tensors.has("label_emb.0.0.weight")) {
            throw problem("has a class embedding (label_emb), as Stable Diffusion XL has, and is not of version 1.x");
        }
        if (tensors.has(MIDDLE + "transformer_blocks.1.norm1.weight")) {
            throw problem("has several transformer blocks in a row, Stable Diffusion 1.x has one");
        }
    }

    /** Reads the residual blocks from a position on and returns the position behind them. */
    private int readLevel(int first) {
        int position = first;
        while (tensors.has("input_blocks." + position + ".0.in_layers.2.weight")) {
            position++;
            if (position > LdmTensors.MOST_LAYERS) {
                throw problem(
                        "has more than %d input_blocks, Stable Diffusion 1.x has 12".formatted(LdmTensors.MOST_LAYERS));
            }
        }
        if (position == first) {
            throw problem("has no residual block in input_blocks." + first);
        }
        boolean attends = attends("input_blocks." + first);
        for (int i = first; i < position; i++) {
            if (attends("input_blocks." + i) != attends) {
                throw problem("has attention after some residual blocks of a level only: see input_blocks." + i);
            }
        }
        widths.add(tensors.dimension("input_blocks." + first + ".0.out_layers.3.weight", 0));
        layers.add(position - first);
        down.add(attends ? DownBlockType.CrossAttnDownBlock2D : DownBlockType.DownBlock2D);
        return position;
    }

    private boolean attends(String block) {
        return tensors.has(block + ".1.transformer_blocks.0.norm1.weight");
    }

    private ImportException problem(String what) {
        return new ImportException(tensors.path(), "the UNet " + what);
    }
}

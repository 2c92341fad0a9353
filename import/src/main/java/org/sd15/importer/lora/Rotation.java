package org.sd15.importer.lora;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * OFT: blocks of channels are rotated, as in Z. Qiu et al., "Controlling Text-to-Image Diffusion by Orthogonal
 * Finetuning", 2023, section 3.2. With {@code R(scale) = I + scale * (R - I)} for each block: LyCORIS and kohya rotate
 * a layer's outputs, {@code rescale * R(scale)^T W}; PEFT its inputs, {@code W R(scale)^T}. (PEFT has no
 * other scale than 1.)
 *
 * @param blocks the matrices R, {@code [blocks, size, size]}; a single one may serve for all
 * @param axis the channels: the rows of the weight, or its columns, taps of the kernel included
 * @param rescale factors of the output channels, null for none
 */
public record Rotation(INDArray blocks, Axis axis, @Nullable INDArray rescale) implements WeightChange {

    /** Checks that the blocks are square. */
    public Rotation {
        if (blocks.rank() != 3 || blocks.size(1) != blocks.size(2)) {
            throw new IllegalArgumentException(
                    "OFT: the blocks are %s, must be [blocks, size, size]".formatted(Arrays.toString(blocks.shape())));
        }
    }

    @Override
    public void applyTo(INDArray weight, double scale) {
        INDArray matrix = weight.reshape('c', weight.size(0), weight.length() / weight.size(0));
        long channels = axis == Axis.OUTPUT ? matrix.size(0) : matrix.size(1);
        long size = blocks.size(1);
        boolean shared = blocks.size(0) == 1;
        if (channels % size != 0 || !shared && channels / size != blocks.size(0)) {
            throw new IllegalArgumentException("OFT: blocks of %s do not fit a weight of %s"
                    .formatted(Arrays.toString(blocks.shape()), Arrays.toString(weight.shape())));
        }
        INDArray rows = axis == Axis.OUTPUT ? matrix : matrix.transpose().dup('c'); // [channels, others]
        for (long block = 0; block < channels / size; block++) {
            INDArray rotation = rotation(shared ? 0 : block, scale, weight.dataType());
            INDArray part = rows.get(NDArrayIndex.interval(block * size, (block + 1) * size), NDArrayIndex.all());
            part.assign(Products.of(axis == Axis.OUTPUT ? rotation.transpose().dup('c') : rotation, part));
        }
        if (axis == Axis.INPUT) {
            matrix.assign(rows.transpose());
        }
        if (rescale != null) {
            Axis.OUTPUT.scale(
                    weight, rescale.castTo(DataType.DOUBLE).dup('c').data().asDouble());
        }
    }

    /** {@code I + scale * (R - I)}. */
    private INDArray rotation(long block, double scale, DataType type) {
        INDArray identity = Nd4j.eye(blocks.size(1)).castTo(type);
        INDArray matrix = blocks.slice(block).castTo(type).dup('c');
        return matrix.subi(identity).muli(scale).addi(identity);
    }

    @Override
    public long parameters() {
        return blocks.length() + (rescale == null ? 0 : rescale.length());
    }

    @Override
    public String method() {
        return "OFT";
    }
}

package org.sd15.pipeline.denoise;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.denoise.GenerationRequest.Source;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.vae.DiagonalGaussian;
import org.sd15.pipeline.vae.Vae;

/**
 * What a run starts from. Random numbers are drawn in the order in which diffusers' pipelines draw them, so that a seed
 * gives the same picture.
 *
 * @param latents {@code [pictures, 4, h, w]}
 * @param extraChannels mask and masked picture for a UNet of nine channels, or null
 * @param programs what keeps the rest of a picture, if anything
 */
public record LatentStart(INDArray latents, @Nullable INDArray extraChannels, List<EditProgram> programs) {

    private static final int INPAINTING_CHANNELS = 9;

    /** Pure noise. */
    static LatentStart noise(Sampler sampler, INDArray noise) {
        return new LatentStart(noise.mul(sampler.initNoiseSigma()), null, List.of());
    }

    /** A picture with noise, as image-to-image starts. */
    static LatentStart picture(Vae vae, Sampler sampler, Source source, PictureRandom random, int pictures) {
        INDArray kept = repeated(encode(vae, source.picture(), random), pictures);
        return new LatentStart(sampler.addNoise(kept, random.randn(kept.shape()), 0), null, List.of());
    }

    /** A picture of which a part is filled in. */
    static LatentStart inpainting(
            Vae vae, Sampler sampler, Source source, PictureRandom random, int pictures, int unetChannels) {
        INDArray kept = repeated(encode(vae, source.picture(), random), pictures);
        INDArray noise = random.randn(kept.shape());
        INDArray mask = binary(java.util.Objects.requireNonNull(source.mask()));
        INDArray covered = source.picture().mul(mask.rsub(1)).add(mask.mul(0.5)); // 0.5 is 0 once from -1 to 1
        INDArray rest = encode(vae, covered, random);
        INDArray small = nearest(mask, kept.size(2), kept.size(3));
        boolean forgets = source.strength() == 1;
        INDArray start = forgets ? noise.mul(sampler.initNoiseSigma()) : sampler.addNoise(kept, noise, 0);
        if (unetChannels == INPAINTING_CHANNELS) {
            INDArray extra = repeated(Nd4j.concat(1, small, rest.get(NDArrayIndex.interval(0, 1))), pictures);
            return new LatentStart(start, extra, List.of());
        }
        return new LatentStart(start, null, List.of(new Inpainting(sampler, kept, noise, small)));
    }

    private static INDArray encode(Vae vae, INDArray pictures, PictureRandom random) {
        DiagonalGaussian latents = vae.encodePictures(pictures);
        return vae.scale(latents.sample(random.randn(latents.mean().shape())));
    }

    private static INDArray repeated(INDArray array, int pictures) {
        if (pictures % array.size(0) != 0) {
            throw new IllegalArgumentException(
                    "%d source pictures for %d pictures: give one, or one each".formatted(array.size(0), pictures));
        }
        return BatchAxis.repeat(array, pictures / array.size(0));
    }

    private static INDArray binary(INDArray mask) {
        return mask.gte(0.5).castTo(DataType.FLOAT);
    }

    /** Nearest neighbours, as torch's: the first pixel of each cell. */
    private static INDArray nearest(INDArray mask, long height, long width) {
        float[] values = new float[Math.toIntExact(height * width)];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                long row = y * mask.size(2) / height;
                long column = x * mask.size(3) / width;
                values[Math.toIntExact(y * width + x)] = mask.getFloat(0, 0, row, column);
            }
        }
        return Nd4j.create(values, new long[] {1, 1, height, width}, 'c');
    }

    /** Start noise that was given. */
    public static INDArray given(INDArray latents, long... shape) {
        if (!Arrays.equals(latents.shape(), shape)) {
            throw new IllegalArgumentException("the latents given have shape %s, the request needs %s"
                    .formatted(Arrays.toString(latents.shape()), Arrays.toString(shape)));
        }
        return latents.castTo(DataType.FLOAT);
    }
}

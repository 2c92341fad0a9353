package org.sd15.pipeline.denoise;

/**
 * Which row of the UNet's batch belongs to which picture. With classifier-free guidance the unconditional rows of all
 * pictures come first, then the conditional ones; without it there are only the latter. Where a picture has more rows, those
 * under the prompts come last as well. Picture 0 is the source.
 *
 * @param pictures how many pictures, at least 1
 * @param perPicture rows of each picture, at least 1
 */
public record RowLayout(int pictures, int perPicture) {

    /** Checks the numbers. */
    public RowLayout {
        if (pictures < 1) {
            throw new IllegalArgumentException("a batch of %d pictures: at least 1 is needed".formatted(pictures));
        }
        if (perPicture < 1) {
            throw new IllegalArgumentException("%d rows for each picture: at least 1 is needed".formatted(perPicture));
        }
    }

    /**
     * The rows of classifier-free guidance.
     *
     * @param guided whether each picture has an unconditional row as well
     */
    public RowLayout(int pictures, boolean guided) {
        this(pictures, guided ? 2 : 1);
    }

    /** Whether each picture has other rows than the one under its prompt. */
    public boolean guided() {
        return perPicture > 1;
    }

    /** Rows of the batch. */
    public int rows() {
        return perPicture * pictures;
    }

    /** The row of a picture under its prompt. */
    public int conditional(int picture) {
        if (picture < 0 || picture >= pictures) {
            throw new IndexOutOfBoundsException("picture %d of %d".formatted(picture, pictures));
        }
        return (perPicture - 1) * pictures + picture;
    }
}

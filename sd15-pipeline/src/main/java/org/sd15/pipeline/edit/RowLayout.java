package org.sd15.pipeline.edit;

/**
 * Which row of the UNet's batch belongs to which picture. With classifier-free guidance the unconditional rows of all
 * pictures come first, then the conditional ones; without it there are only the latter. Picture 0 is the source.
 *
 * @param pictures how many pictures, at least 1
 * @param guided whether each picture has an unconditional row as well
 */
public record RowLayout(int pictures, boolean guided) {

    /** Checks the number. */
    public RowLayout {
        if (pictures < 1) {
            throw new IllegalArgumentException("a batch of %d pictures: at least 1 is needed".formatted(pictures));
        }
    }

    /** Rows of the batch. */
    public int rows() {
        return guided ? 2 * pictures : pictures;
    }

    /** The row of a picture under its prompt. */
    public int conditional(int picture) {
        if (picture < 0 || picture >= pictures) {
            throw new IndexOutOfBoundsException("picture %d of %d".formatted(picture, pictures));
        }
        return guided ? pictures + picture : picture;
    }
}

package org.sd15.pipeline.inversion;

import org.jspecify.annotations.Nullable;

/**
 * A picture that was inverted before. It is not inverted again, whatever number of edits follows.
 *
 * @param inversion of one picture
 * @param replay what keeps the source on its way
 * @param skip share of the steps, next to the noise, that are left out
 * @param known how well it comes back, from an earlier edit under the same settings; null to find out
 */
public record InvertedPicture(
        Inversion inversion,
        Replay replay,
        double skip,
        @Nullable Reconstruction known) implements SourcePicture {

    /** Checks the share and the number of pictures. */
    public InvertedPicture {
        GivenPicture.requireShare(skip);
        if (inversion.pictures() != 1) {
            throw new IllegalArgumentException(
                    "the inversion is of %d pictures, an edit of one; choose one by picture(i)"
                            .formatted(inversion.pictures()));
        }
    }

    /** An inversion of which it is not known how well it comes back. */
    public InvertedPicture(Inversion inversion, Replay replay) {
        this(inversion, replay, 0, null);
    }

    /** This picture, of which it is known how well it comes back. */
    public InvertedPicture known(Reconstruction reconstruction) {
        return new InvertedPicture(inversion, replay, skip, reconstruction);
    }
}

package org.sd15.pipeline.training.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Pictures that have been opened and encoded.
 *
 * @param pictures the readable ones
 * @param skipped what was left out, with the reason
 * @param digest of all pictures and captions, for the record of a run
 */
public record PreparedPictures(List<CaptionedPicture> pictures, List<String> skipped, String digest) {

    /** Copies the lists. */
    public PreparedPictures {
        pictures = List.copyOf(pictures);
        skipped = List.copyOf(skipped);
    }

    /**
     * Opens and encodes all pictures of a folder, so that no epoch pays for it.
     *
     * @param bad what to do with one that can't be read
     * @param progress told how many are done, after each
     * @throws IOException if one can't be read and is not to be skipped
     */
    public static PreparedPictures of(PictureFolder folder, LatentCache latents, BadData bad, IntConsumer progress)
            throws IOException {
        List<CaptionedPicture> good = new ArrayList<>();
        List<String> skipped = new ArrayList<>(folder.skipped());
        Digest digest = new Digest();
        int done = 0;
        for (CaptionedPicture picture : folder.pictures()) {
            try {
                latents.prepare(picture.file());
                digest.add(latents.picture(picture.file()).digest());
                picture.captions().forEach(digest::add);
                good.add(picture);
            } catch (IOException unreadable) {
                if (bad == BadData.FAIL) {
                    throw unreadable;
                }
                skipped.add(String.valueOf(unreadable.getMessage()));
            }
            progress.accept(++done);
        }
        if (good.isEmpty()) {
            throw new IOException("none of %d pictures can be read: %s"
                    .formatted(folder.pictures().size(), String.join("; ", skipped)));
        }
        return new PreparedPictures(good, skipped, digest.hex());
    }
}

package org.sd15.pipeline.training.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.sd15.pipeline.image.PngFile;

/**
 * Pictures that have been opened, and encoded if they are to be.
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

    /** Opens pictures, and does with them what is to be done before a training. */
    @FunctionalInterface
    private interface Opener {

        /**
         * Opens a picture.
         *
         * @return a digest of its file
         * @throws IOException if it is no picture that can be read; the message names the file
         */
        String open(Path file) throws IOException;
    }

    /**
     * Opens all pictures of a folder without encoding them, for an autoencoder that learns.
     *
     * @see #of(PictureFolder, Opener, BadData, IntConsumer)
     */
    public static PreparedPictures opened(PictureFolder folder, BadData bad, IntConsumer progress) throws IOException {
        return of(folder, PreparedPictures::digest, bad, progress);
    }

    private static String digest(Path file) throws IOException {
        PngFile.read(file);
        return new Digest().add(file).hex();
    }

    /**
     * Opens and encodes all pictures of a folder, so that no epoch pays for it.
     *
     * @see #of(PictureFolder, Opener, BadData, IntConsumer)
     */
    public static PreparedPictures of(PictureFolder folder, LatentCache latents, BadData bad, IntConsumer progress)
            throws IOException {
        return of(folder, latents::prepare, bad, progress);
    }

    /**
     * Opens all pictures of a folder.
     *
     * @param bad what to do with one that can't be read
     * @param progress called with the number of pictures done, after each
     * @throws IOException if one can't be read and is not to be skipped
     */
    private static PreparedPictures of(PictureFolder folder, Opener opener, BadData bad, IntConsumer progress)
            throws IOException {
        List<CaptionedPicture> good = new ArrayList<>();
        List<String> skipped = new ArrayList<>(folder.skipped());
        Digest digest = new Digest();
        int done = 0;
        for (CaptionedPicture picture : folder.pictures()) {
            try {
                digest.add(opener.open(picture.file()));
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

package org.sd15.pipeline.training.run;

import java.io.IOException;
import java.util.function.IntConsumer;
import org.sd15.pipeline.training.data.BadData;
import org.sd15.pipeline.training.data.PictureFolder;
import org.sd15.pipeline.training.data.PreparedPictures;

/** Opens the pictures of a folder, and encodes them perhaps. */
@FunctionalInterface
interface PictureOpening {

    /** Opens them. */
    PreparedPictures open(PictureFolder folder, BadData bad, IntConsumer progress) throws IOException;

    /** Opens them, says how far it is and tells what was left out. */
    default PreparedPictures open(String task, PictureFolder folder, BadData bad, TrainingListener listener)
            throws IOException {
        long several = folder.withSeveralCaptions();
        if (several > 0) {
            listener.note("%,d of %,d pictures have several captions, of which one is drawn each time"
                    .formatted(several, folder.pictures().size()));
        }
        PreparedPictures opened;
        try (TrainingProgress progress =
                listener.begin(task, 0, folder.pictures().size())) {
            opened = open(folder, bad, done -> progress.step(""));
        }
        opened.skipped().forEach(reason -> listener.note("left out: " + reason));
        return opened;
    }
}

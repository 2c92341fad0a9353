package org.sd15.importer.tensor;

import java.nio.file.Path;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;

/** What no file of weights has more of. A file that claims more is refused before it has taken time or memory. */
public final class TensorBounds {

    /** Tensors of one file; a full training checkpoint of Stable Diffusion has some five thousand. */
    public static final int MOST_TENSORS = 50_000;

    /** Characters of a tensor's name; those of real files have up to 150. */
    public static final int LONGEST_NAME = 512;

    /** Dimensions of a tensor; a convolution's weight has four. */
    public static final int HIGHEST_RANK = 8;

    /** Remarks in a file's metadata; kohya's scripts write some seventy. */
    public static final int MOST_REMARKS = 10_000;

    private TensorBounds() {}

    /** @throws ImportException if a tensor's name is too long */
    public static void checkName(Path file, String name) {
        if (name.length() > LONGEST_NAME) {
            throw new ImportException(
                    file,
                    "has a tensor whose name has %,d characters, at most %,d are read: %s"
                            .formatted(name.length(), LONGEST_NAME, Shown.of(name)));
        }
    }

    /** @throws ImportException if there are too many tensors */
    public static void checkCount(Path file, int tensors) {
        if (tensors > MOST_TENSORS) {
            throw new ImportException(file, "has more than %,d tensors".formatted(MOST_TENSORS));
        }
    }

    /** @throws ImportException if there are too many remarks */
    public static void checkRemarks(Path file, int remarks) {
        if (remarks > MOST_REMARKS) {
            throw new ImportException(file, "has more than %,d entries in its metadata".formatted(MOST_REMARKS));
        }
    }
}

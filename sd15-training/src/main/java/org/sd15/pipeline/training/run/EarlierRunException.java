package org.sd15.pipeline.training.run;

import java.nio.file.Path;

/** An earlier run left checkpoints in the folder, and neither resuming nor starting anew was asked for. */
public final class EarlierRunException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    private final transient Path checkpoint;

    EarlierRunException(Path checkpoint) {
        super("%s is of an earlier run: go on with it (resume), or begin a new one (startAnew), which moves it aside"
                .formatted(checkpoint));
        this.checkpoint = checkpoint;
    }

    /** The last checkpoint of the earlier run. */
    public Path checkpoint() {
        return checkpoint;
    }
}

package org.sd15.pipeline.model;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Supplier;
import org.sd15.attention.session.ExclusiveUse;
import org.sd15.attention.session.Handles;
import org.sd15.pipeline.text.ClipTokenizer;

/** The parts of a model as one of its handles holds them. The last handle that is closed frees the weights. */
public final class ModelHandle implements AutoCloseable {

    private Components components;
    private final Handles handles;
    private final ExclusiveUse access = new ExclusiveUse("the model");

    /** The first handle. */
    public ModelHandle(Components components) {
        this(components, new Handles());
    }

    private ModelHandle(Components components, Handles handles) {
        this.components = components;
        this.handles = handles;
    }

    /** The parts, with the words that are learned so far. */
    public Components components() {
        return components;
    }

    /** Puts another tokenizer in the place of the one that there is. */
    public void tokenizer(ClipTokenizer other) {
        components = components.tokenizer(other);
    }

    /** Another handle; no other thread may be inside. */
    public ModelHandle share() {
        handles.add();
        return new ModelHandle(components.share(), handles);
    }

    /** Does something while no other thread is inside any part. */
    public <T> T alone(Supplier<T> work) {
        return access.call(() -> components
                .textEncoder()
                .access()
                .call(() -> components
                        .unet()
                        .access()
                        .call(() -> components.vae().access().call(work))));
    }

    /** Closes the parts, or none of them if another thread is inside one. */
    @Override
    public void close() {
        if (access.close(this::closeParts) && handles.remove()) {
            closeWeights();
        }
    }

    /** All of them, whatever one throws. */
    private void closeWeights() {
        IOException first = null;
        for (Closeable weights : components.weights()) {
            try {
                weights.close();
            } catch (IOException problem) {
                if (first == null) {
                    first = problem;
                } else {
                    first.addSuppressed(problem);
                }
            }
        }
        if (first != null) {
            throw new UncheckedIOException(first);
        }
    }

    private void closeParts() {
        ExclusiveUse text = components.textEncoder().access();
        ExclusiveUse unet = components.unet().access();
        ExclusiveUse vae = components.vae().access();
        text.hold(() -> unet.hold(() -> vae.hold(() -> {
            components.textEncoder().close();
            components.unet().close();
            components.vae().close();
        })));
    }
}

package org.sd15.spark.executor;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.sd15.pipeline.StableDiffusion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models of this JVM, which is an executor or, in local mode, the driver. Each is opened by the first task that asks
 * for it and kept for those that follow; tasks at the same time have handles of their own over the same weights. What is
 * left is closed when the JVM ends.
 */
public final class ExecutorModels {

    private static final Logger LOG = LoggerFactory.getLogger(ExecutorModels.class);

    /** Spark has no other place for what the tasks of an executor share. */
    private static final ExecutorModels HERE = closedAtTheEnd();

    private final Map<ModelLocation, Opened> models = new HashMap<>();
    private int opened;

    ExecutorModels() {}

    /** A model, and the handles on it that no task has. */
    private record Opened(StableDiffusion model, Deque<StableDiffusion> idle) {}

    private static ExecutorModels closedAtTheEnd() {
        ExecutorModels models = new ExecutorModels();
        Runtime.getRuntime().addShutdownHook(new Thread(models::close, "sd15-models"));
        return models;
    }

    /** Those of this JVM. */
    public static ExecutorModels here() {
        return HERE;
    }

    /** A handle on a model, for one task at a time; closing it gives it back. */
    public final class Lease implements AutoCloseable {

        private final Opened from;
        private final StableDiffusion handle;

        private Lease(Opened from, StableDiffusion handle) {
            this.from = from;
            this.handle = handle;
        }

        /** The model. */
        public StableDiffusion model() {
            return handle;
        }

        @Override
        public void close() {
            giveBack(from, handle);
        }
    }

    /**
     * A handle on a model, which is opened if no task had it before.
     *
     * @throws IOException if it can't be read
     * @throws org.sd15.importer.io.ImportException if it is no model; the message names file, key or tensor
     */
    public synchronized Lease lease(ModelLocation location) throws IOException {
        Opened model = models.get(location);
        if (model == null) {
            model = new Opened(StableDiffusion.load(location.path()), new ArrayDeque<>());
            models.put(location, model);
            opened++;
            LOG.info("opened the model {}", location);
        }
        StableDiffusion idle = model.idle.poll();
        return new Lease(model, idle == null ? model.model.share() : idle);
    }

    /** How many models were opened so far. */
    synchronized int opened() {
        return opened;
    }

    private synchronized void giveBack(Opened from, StableDiffusion handle) {
        if (models.containsValue(from)) {
            from.idle.push(handle);
        } else {
            handle.close();
        }
    }

    /** Closes all models; one that a task still has is freed when that gives it back. */
    synchronized void close() {
        for (Opened model : models.values()) {
            model.idle.forEach(StableDiffusion::close);
            model.model.close();
        }
        models.clear();
    }
}

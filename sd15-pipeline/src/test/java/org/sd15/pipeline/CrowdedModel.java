package org.sd15.pipeline;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.testing.fused.Formulations;

/**
 * A process in which more threads than handles draw with one model, and handles are closed and made anew in between. It
 * ends with 0 if each picture had its bits or there was the one clear error.
 */
final class CrowdedModel {

    private static final String CLEAR = ".* (is in use by thread .*share\\(\\)|is closed)";
    private static final int DIFFERENT = 3;

    private final AtomicReferenceArray<StableDiffusion> handles;
    private final Queue<StableDiffusion> busy = new ConcurrentLinkedQueue<>();
    private final List<float[]> expected = new ArrayList<>();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger whole = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();

    private CrowdedModel(StableDiffusion model, int handles) {
        this.handles = new AtomicReferenceArray<>(handles);
        for (int i = 0; i < DIFFERENT; i++) {
            expected.add(draw(model, i));
        }
        for (int i = 0; i < handles; i++) {
            this.handles.set(i, model.share());
        }
    }

    /** Arguments: the formulation, threads, handles, pictures, the folder of the model. */
    public static void main(String[] arguments) throws Exception {
        var formulation = Formulations.valueOf(arguments[0]);
        int threads = Integer.parseInt(arguments[1]);
        int pictures = Integer.parseInt(arguments[3]);
        Thread.setDefaultUncaughtExceptionHandler((thread, problem) -> {
            problem.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        StableDiffusion first = StableDiffusion.load(Path.of(arguments[4]), formulation.execution());
        var crowd = new CrowdedModel(first, Integer.parseInt(arguments[2]));
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Random random = new Random(i);
            all.add(new Thread(() -> crowd.draw(random, pictures), "painter " + i));
        }
        first.close(); // the others have the weights
        all.forEach(Thread::start);
        for (Thread thread : all) {
            thread.join();
        }
        crowd.close();
        System.out.printf("%d pictures whole, %d refused%n", crowd.whole.get(), crowd.refused.get());
        System.exit(crowd.whole.get() == pictures && crowd.refused.get() > 0 ? 0 : 2);
    }

    /** Draws until there are so many, and closes a handle now and then. */
    private void draw(Random random, int pictures) {
        int picture = next.getAndIncrement();
        while (picture < pictures) {
            int place = random.nextInt(handles.length());
            StableDiffusion handle = handles.get(place);
            try {
                if (random.nextInt(4) == 0) {
                    renew(place, handle);
                }
                float[] drawn = draw(handle, picture % DIFFERENT);
                if (!Arrays.equals(drawn, expected.get(picture % DIFFERENT))) {
                    throw new AssertionError("another picture than it draws alone");
                }
                whole.incrementAndGet();
                picture = next.getAndIncrement();
            } catch (IllegalStateException refusal) {
                if (!String.valueOf(refusal.getMessage()).matches(CLEAR)) {
                    throw refusal;
                }
                refused.incrementAndGet();
            }
        }
    }

    /** Puts a share of a handle in its place and closes it, while somebody draws with it perhaps. */
    private void renew(int place, StableDiffusion handle) {
        StableDiffusion another = handle.share();
        if (!handles.compareAndSet(place, handle, another)) {
            close(another);
        } else {
            busy.add(handle);
            close(handle);
            busy.remove(handle);
        }
    }

    private static void close(StableDiffusion handle) {
        try {
            handle.close();
        } catch (RuntimeException refused) {
            throw refused;
        } catch (Exception problem) {
            throw new AssertionError(problem);
        }
    }

    private void close() {
        for (int i = 0; i < handles.length(); i++) {
            close(handles.get(i));
        }
        busy.forEach(CrowdedModel::close);
    }

    private static float[] draw(StableDiffusion model, int seed) {
        var request =
                GenerationRequest.of(ShapesModel.CIRCLE).steps(2).seed(seed).build();
        INDArray picture = model.decode(model.generate(request).finish());
        return picture.dup('c').data().asFloat();
    }
}

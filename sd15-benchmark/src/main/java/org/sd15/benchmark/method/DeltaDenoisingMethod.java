package org.sd15.benchmark.method;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.delta.DeltaDenoisingRequest;

/**
 * Delta Denoising Score, which inverts nothing. Settings: {@code iterations}, {@code size} of a step, {@code guidance}.
 *
 * @param name its name
 * @param grid the settings to choose from
 */
record DeltaDenoisingMethod(String name, List<Settings> grid) implements BenchmarkMethod {

    @Override
    public Edited edit(Workbench bench, Settings settings) {
        Job job = bench.job();
        DeltaDenoisingRequest request = DeltaDenoisingRequest.of(job.source(), job.target(), job.picture())
                .iterations((int) settings.get("iterations"))
                .stepSize(settings.get("size"))
                .guidance(settings.get("guidance"))
                .seed(bench.seed());
        INDArray latents = request.on(bench.model()).finish();
        return new Edited(bench.decoded(latents, 0), null, Double.NaN, 0);
    }
}

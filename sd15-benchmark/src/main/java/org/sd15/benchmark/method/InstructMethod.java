package org.sd15.benchmark.method;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.edit.instruct.InstructRequest;

/**
 * InstructPix2Pix, by a model of its own. Settings: {@code guidance}, {@code image}: the guidance by the picture.
 *
 * @param model follows instructions
 * @param grid the settings to choose from
 */
record InstructMethod(StableDiffusion model, List<Settings> grid) implements BenchmarkMethod {

    @Override
    public String name() {
        return "instruct-pix2pix";
    }

    @Override
    public Edited edit(Workbench bench, Settings settings) {
        InstructRequest request = InstructRequest.of(
                        bench.job().instruction(), bench.job().picture())
                .imageGuidance(settings.get("image"))
                .sampling(bench.sampling(settings.get("guidance")));
        INDArray latents = request.on(model).finish();
        return new Edited(model.decode(latents), null, Double.NaN, 0);
    }
}

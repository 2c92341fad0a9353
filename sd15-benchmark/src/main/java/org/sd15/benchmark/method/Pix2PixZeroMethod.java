package org.sd15.benchmark.method;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.zero.EditDirection;
import org.sd15.pipeline.edit.zero.Pix2PixZeroRequest;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.Reconstruction;

/**
 * pix2pix-zero; the direction leads from the source prompt to the target prompt, as nobody has written thousands of
 * sentences. Settings: {@code amount} of cross-attention guidance, {@code guidance}.
 *
 * @param name its name
 * @param grid the settings to choose from
 */
record Pix2PixZeroMethod(String name, List<Settings> grid) implements BenchmarkMethod {

    @Override
    public Edited edit(Workbench bench, Settings settings) {
        Job job = bench.job();
        Inversion inversion = bench.inversion(InversionVariant.DDIM);
        EditDirection direction = EditDirection.between(bench.model(), List.of(job.source()), List.of(job.target()));
        Pix2PixZeroRequest request = Pix2PixZeroRequest.of(job.source(), direction)
                .amount(settings.get("amount"))
                .sampling(bench.sampling(settings.get("guidance")))
                .inverted(inversion);
        INDArray latents = request.on(bench.model()).finish();
        double psnr = Reconstruction.psnr(bench.decoded(latents, 0), job.picture());
        return new Edited(bench.decoded(latents, 1), null, psnr, bench.seconds(InversionVariant.DDIM));
    }
}

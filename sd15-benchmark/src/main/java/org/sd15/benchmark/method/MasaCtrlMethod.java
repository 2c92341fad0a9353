package org.sd15.benchmark.method;

import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.masactrl.MasaCtrl;
import org.sd15.pipeline.edit.masactrl.MasaCtrl.Foreground;
import org.sd15.pipeline.edit.masactrl.MasaCtrlRequest;
import org.sd15.pipeline.edit.masactrl.MasaCtrlRun;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.Reconstruction;

/**
 * MasaCtrl on DDIM's inversion without a prompt. Settings: {@code start}, the first step that is controlled, as a share;
 * {@code guidance}.
 *
 * @param name its name
 * @param direct whether the source is held on its inversion
 * @param masked whether foreground looks at foreground only, by the words of local blending
 * @param grid the settings to choose from
 */
record MasaCtrlMethod(String name, boolean direct, boolean masked, List<Settings> grid) implements BenchmarkMethod {

    @Override
    public Edited edit(Workbench bench, Settings settings) {
        Job job = bench.job();
        Optional<List<String>> words = masked ? job.words() : Optional.empty();
        InversionVariant variant = words.isPresent()
                ? InversionVariant.DDIM
                : InversionVariant.UNPROMPTED; // masks need the words of the source
        Inversion inversion = bench.inversion(variant);
        int start = (int) Math.round(settings.get("start") * inversion.steps());
        MasaCtrl control = MasaCtrl.DEFAULT
                .fromStep(start)
                .foreground(words.<Foreground>map(both -> new Foreground.Words(both.get(0), both.get(1)))
                        .orElseGet(Foreground.None::new));
        MasaCtrlRequest request = MasaCtrlRequest.of(inversion.prompt(), job.target())
                .control(published -> control)
                .sampling(bench.sampling(settings.get("guidance")))
                .inverted(inversion);
        MasaCtrlRun run = (direct ? request : request.withoutDirectInversion()).on(bench.model());
        INDArray latents = run.run().finish();
        INDArray mask = run.foreground(0, inversion.steps() - 1)
                .map(both -> both.max(0))
                .orElse(null);
        double psnr = Reconstruction.psnr(bench.decoded(latents, 0), job.picture());
        return new Edited(bench.decoded(latents, 1), mask, psnr, bench.seconds(variant));
    }
}

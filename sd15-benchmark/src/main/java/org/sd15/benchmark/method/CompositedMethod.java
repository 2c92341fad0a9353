package org.sd15.benchmark.method;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A method whose result is put into the given picture where it changed something on purpose; see {@link ChangeMask}.
 * Settings: those of the method, and {@code low} and {@code high}.
 *
 * @param name its name
 * @param inner makes the edit
 * @param grid the settings to choose from
 */
record CompositedMethod(String name, BenchmarkMethod inner, List<Settings> grid) implements BenchmarkMethod {

    private static final int REACH = 1;

    @Override
    public boolean isCombination() {
        return true;
    }

    @Override
    public Edited edit(Workbench bench, Settings settings) {
        Edited edited = inner.edit(bench, settings);
        ChangeMask change = new ChangeMask(settings.get("low"), settings.get("high"), REACH);
        INDArray mask = change.of(edited.picture(), bench.unedited());
        INDArray picture =
                ChangeMask.composite(mask, edited.picture(), bench.job().picture());
        return new Edited(picture, mask, edited.reconstructionPsnr(), edited.inversionSeconds());
    }
}

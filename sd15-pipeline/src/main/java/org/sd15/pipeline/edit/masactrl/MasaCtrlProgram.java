package org.sd15.pipeline.edit.masactrl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.denoise.StepModel;
import org.sd15.pipeline.edit.masactrl.MasaCtrl.Foreground;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.pipeline.words.Plane;
import org.sd15.pipeline.words.WordMaps;

/**
 * {@link MasaCtrl} in one run: keys and values of the targets are routed from the source, in the unconditional rows as in
 * the conditional ones. Masks become one bias of the scores, which for masks of zeros and ones is the same as the two
 * softmaxes of the published code. Where the source has no foreground, or nothing else, a mask has no effect and is left
 * out.
 *
 * <p>Masks of words are read before each step, without control, which costs the part of the model up to the maps. The
 * published code reads them in the same pass; both agree as long as no layer before the maps is controlled.
 */
public final class MasaCtrlProgram implements EditProgram {

    private final MasaCtrl masaCtrl;
    private final EditPrompts prompts;
    private final RowLayout rows;
    private final Predicate<AttentionSite> shared;
    private final List<Grid> grids;
    private final WordMaps maps;

    /** By step: the foreground of each picture, the source's first. Given masks are those of step 0. */
    private final NavigableMap<Integer, List<Plane>> foregrounds = new TreeMap<>();

    MasaCtrlProgram(MasaCtrl masaCtrl, EditPrompts prompts, List<AttentionSite> sites, Grid latents, RowLayout rows) {
        if (rows.pictures() != prompts.pictures()) {
            throw new IllegalArgumentException(
                    "MasaCtrl of %d prompts, the batch has %d pictures".formatted(prompts.pictures(), rows.pictures()));
        }
        this.masaCtrl = masaCtrl;
        this.prompts = prompts;
        this.rows = rows;
        this.shared = masaCtrl.controls(sites, latents);
        this.grids = sites.stream().filter(shared).map(Grid::of).distinct().toList();
        this.maps = masaCtrl.foreground() instanceof Foreground.Words
                ? new WordMaps(WordMaps.sites("MasaCtrl", sites, latents, null))
                : new WordMaps(List.of());
        if (masaCtrl.foreground() instanceof Foreground.Given given) {
            List<Plane> planes = new ArrayList<>(List.of(Plane.of(given.source())));
            prompts.targets().forEach(target -> planes.add(Plane.of(given.target())));
            foregrounds.put(0, planes);
        }
        if (masaCtrl.foreground() instanceof Foreground.Words words) {
            tokens(words, 0); // a missing word is reported before anything is computed
            prompts.inTargets(words.target());
        }
    }

    @Override
    public AttentionPlan plan(AttentionPlan plan, List<AttentionSite> sites) {
        AttentionPlan routed = plan.route(sites, shared);
        return masaCtrl.foreground() instanceof Foreground.None ? routed : routed.bias(sites, shared);
    }

    @Override
    public INDArray beforeStep(int step, INDArray latents, StepModel model) {
        if (masaCtrl.foreground() instanceof Foreground.Words words && step >= masaCtrl.startStep()) {
            Map<String, INDArray> read = model.maps(latents, maps.names());
            List<Plane> planes = new ArrayList<>();
            for (int picture = 0; picture < rows.pictures(); picture++) {
                planes.add(foreground(read, picture, tokens(words, picture), words.threshold()));
            }
            read.values().forEach(INDArray::close);
            foregrounds.put(step, planes);
        }
        return latents;
    }

    private List<Integer> tokens(Foreground.Words words, int picture) {
        return picture == 0
                ? prompts.source().tokens(words.source(), prompts.conformance())
                : prompts.inTargets(words.target()).get(picture - 1);
    }

    private Plane foreground(Map<String, INDArray> read, int picture, List<Integer> tokens, double threshold) {
        int last = tokens.stream().mapToInt(token -> token).max().orElse(0);
        double[][] attention = maps.mean(read, new RowLayout(rows.pictures(), false), picture, last + 1);
        double[] sum = new double[maps.grid().cells()];
        tokens.forEach(token -> Arrays.setAll(sum, pixel -> sum[pixel] + attention[token][pixel]));
        return new Plane(sum, maps.grid()).aboveShareOfRange(threshold);
    }

    @Override
    public AttentionControl control(int step, AttentionControl control) {
        if (step < masaCtrl.startStep()) {
            return control;
        }
        INDArray routing = routing();
        AttentionControl all = control.routeKeys(shared, routing).routeValues(shared, routing);
        var found = foregrounds.floorEntry(step);
        if (found == null) {
            return all;
        }
        for (Grid grid : grids) {
            all = masked(all, grid, found.getValue());
        }
        return all;
    }

    private INDArray routing() {
        INDArray routing = Nd4j.eye(rows.rows());
        for (int row = 0; row < rows.rows(); row++) {
            int source = row - row % rows.pictures(); // of the same half
            routing.putScalar(row, row, 0);
            routing.putScalar(row, source, 1);
        }
        return routing;
    }

    private AttentionControl masked(AttentionControl control, Grid grid, List<Plane> foreground) {
        double[] source = foreground.get(0).resized(grid).values();
        double[] queries = new double[rows.rows() * grid.cells()];
        double[] keys = new double[queries.length];
        double share = Arrays.stream(source).sum() / source.length;
        boolean parts = share > 0 && share < 1;
        for (int row = 0; row < rows.rows(); row++) {
            int picture = row % rows.pictures();
            if (picture > 0 && parts) {
                double[] target = foreground.get(picture).resized(grid).values();
                System.arraycopy(target, 0, queries, row * grid.cells(), grid.cells());
                System.arraycopy(source, 0, keys, row * grid.cells(), grid.cells());
            }
        }
        return control.masks(
                site -> shared.test(site) && Grid.of(site).equals(grid),
                Nd4j.createFromArray(queries).reshape(rows.rows(), 1, grid.cells(), 1),
                Nd4j.createFromArray(keys).reshape(rows.rows(), 1, 1, grid.cells()));
    }

    /** The foregrounds that served in a step, {@code [pictures, h, w]}, the source's first; if there are masks. */
    public Optional<INDArray> foreground(int step) {
        return Optional.ofNullable(foregrounds.floorEntry(step))
                .map(found -> Nd4j.stack(
                        0, found.getValue().stream().map(Plane::array).toArray(INDArray[]::new)));
    }
}

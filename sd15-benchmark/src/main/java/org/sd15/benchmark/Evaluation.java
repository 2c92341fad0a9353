package org.sd15.benchmark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.benchmark.method.BenchmarkMethod;
import org.sd15.benchmark.method.Edited;
import org.sd15.benchmark.method.Settings;
import org.sd15.benchmark.method.Workbench;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.PictureMetrics;

/**
 * Runs methods on cases: first all settings of each method on one set of cases, to choose, then each method with the chosen
 * ones on another set, to report. What a results file knows already is not run again.
 */
public final class Evaluation {

    private static final double NANOS = 1e9;

    /** A picture that was kept exactly has no finite PSNR; more than this is not counted. */
    static final double LARGEST_PSNR = 60;

    /**
     * What is compared on what.
     *
     * @param methods the methods
     * @param fixed settings of methods that are not to be chosen, by name
     * @param search cases to choose settings by; none takes the first settings of each method
     * @param reported cases to report
     * @param steps sampler steps
     * @param seed of all that is random in edits
     */
    public record Plan(
            List<BenchmarkMethod> methods,
            Map<String, Settings> fixed,
            List<EditTask> search,
            List<EditTask> reported,
            int steps,
            long seed) {

        /** Copies the collections. */
        public Plan {
            methods = List.copyOf(methods);
            fixed = Map.copyOf(fixed);
            search = List.copyOf(search);
            reported = List.copyOf(reported);
        }

        /** The settings that are tried for a method. */
        List<Settings> tried(BenchmarkMethod method) {
            Settings one = fixed.get(method.name());
            if (one != null) {
                return List.of(one);
            }
            return search.isEmpty() ? method.grid().subList(0, 1) : method.grid();
        }

        /** How many edits are judged in all. */
        public int edits() {
            int searched = methods.stream()
                    .map(this::tried)
                    .mapToInt(List::size)
                    .filter(tried -> tried > 1)
                    .sum();
            return searched * search.size() + methods.size() * reported.size();
        }
    }

    /** What wants to know of each edit. */
    public interface Listener {

        /** An edit was judged, now or in an earlier run. */
        void judged(CaseResult result);

        /** An edit that is reported was made now. */
        void reported(EditTask task, BenchmarkMethod method, INDArray picture) throws IOException;
    }

    private final StableDiffusion model;
    private final Plan plan;
    private final JsonLines<CaseResult> results;
    private final Listener listener;
    private final StructureDistance structure;

    /** An evaluation that keeps its results in a file. */
    public Evaluation(StableDiffusion model, Plan plan, JsonLines<CaseResult> results, Listener listener) {
        this.model = model;
        this.plan = plan;
        this.results = results;
        this.listener = listener;
        this.structure = new StructureDistance(model);
    }

    /** Runs what is not known yet, and sums up: one summary a method. */
    public List<MethodSummary> run() throws IOException {
        Map<BenchmarkMethod, List<Settings>> tried = new LinkedHashMap<>();
        for (BenchmarkMethod method : plan.methods()) {
            List<Settings> all = plan.tried(method);
            if (all.size() > 1) {
                tried.put(method, all);
            }
        }
        List<MethodSummary> searched = run(plan.search(), tried, false);
        Map<BenchmarkMethod, List<Settings>> chosen = new LinkedHashMap<>();
        for (BenchmarkMethod method : plan.methods()) {
            chosen.put(method, List.of(best(method, searched)));
        }
        return run(plan.reported(), chosen, true);
    }

    private Settings best(BenchmarkMethod method, List<MethodSummary> searched) {
        return searched.stream()
                .filter(summary -> summary.method().equals(method))
                .max(Comparator.comparingDouble(MethodSummary::worth))
                .map(MethodSummary::settings)
                .orElseGet(() -> plan.tried(method).get(0));
    }

    /** Case by case, so that the edits of a picture share its inversions. */
    private List<MethodSummary> run(
            List<EditTask> tasks, Map<BenchmarkMethod, List<Settings>> methods, boolean reported) throws IOException {
        Map<BenchmarkMethod, Map<Settings, List<CaseResult>>> all = new HashMap<>();
        for (EditTask task : tasks) {
            Workbench bench = new Workbench(model, task.job(), plan.steps(), plan.seed());
            for (Map.Entry<BenchmarkMethod, List<Settings>> entry : methods.entrySet()) {
                for (Settings settings : entry.getValue()) {
                    CaseResult result = result(task, bench, entry.getKey(), settings, reported);
                    all.computeIfAbsent(entry.getKey(), method -> new LinkedHashMap<>())
                            .computeIfAbsent(settings, any -> new ArrayList<>())
                            .add(result);
                    listener.judged(result);
                }
            }
        }
        List<MethodSummary> summaries = new ArrayList<>();
        methods.forEach((method, settings) -> all.getOrDefault(method, Map.of())
                .forEach((one, found) -> summaries.add(new MethodSummary(method, one, found))));
        return summaries;
    }

    private CaseResult result(
            EditTask task, Workbench bench, BenchmarkMethod method, Settings settings, boolean reported)
            throws IOException {
        var key = new CaseResult.Key(task.name(), method.name(), settings.toString());
        var known = results.find(key);
        if (known.isPresent()) {
            return known.get();
        }
        CaseResult result;
        try {
            long start = System.nanoTime();
            double shared = bench.sharedSeconds();
            Edited edited = method.edit(bench, settings);
            double seconds = (System.nanoTime() - start) / NANOS - (bench.sharedSeconds() - shared);
            result = judged(task, key, edited, seconds);
            if (reported) {
                listener.reported(task, method, edited.picture());
            }
        } catch (IllegalArgumentException | ArithmeticException problem) {
            result = failed(task, key, String.valueOf(problem.getMessage()));
        }
        results.add(result);
        return result;
    }

    private CaseResult judged(EditTask task, CaseResult.Key key, Edited edited, double seconds) {
        INDArray before = PictureMetrics.outside(task.job().picture(), task.editable());
        INDArray after = PictureMetrics.outside(edited.picture(), task.editable());
        boolean kept = hasOutside(task.editable());
        int height = Math.toIntExact(before.size(2));
        INDArray mask = edited.mask();
        var judge = task.succeeds();
        return new CaseResult(
                key.task(),
                task.kind(),
                key.method(),
                key.settings(),
                judge == null ? null : judge.test(edited.picture()),
                kept ? Math.min(PictureMetrics.psnr(before, after), LARGEST_PSNR) : null,
                kept ? PictureMetrics.ssim(before, after) : null,
                kept ? PictureMetrics.mse(before, after) : null,
                structure.between(task.job().picture(), edited.picture()),
                mask == null ? null : MaskOverlap.iou(mask, task.editable(), height),
                Double.isNaN(edited.reconstructionPsnr()) ? null : edited.reconstructionPsnr(),
                seconds,
                edited.inversionSeconds(),
                null);
    }

    private static boolean hasOutside(float[] editable) {
        for (float share : editable) {
            if (share == 0) {
                return true;
            }
        }
        return false;
    }

    private static CaseResult failed(EditTask task, CaseResult.Key key, String problem) {
        Boolean success = task.succeeds() == null ? null : Boolean.FALSE;
        return new CaseResult(
                key.task(),
                task.kind(),
                key.method(),
                key.settings(),
                success,
                null,
                null,
                null,
                null,
                null,
                null,
                0,
                0,
                problem);
    }
}

package org.sd15.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.benchmark.method.BenchmarkMethod;
import org.sd15.benchmark.method.Edited;
import org.sd15.benchmark.method.Job;
import org.sd15.benchmark.method.Settings;
import org.sd15.benchmark.method.Workbench;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.shapes.ScenePainter;

/** The harness around methods that are known to be perfect, or to do nothing. */
class EvaluationTest {

    private static final Map<String, String> HEADER = Map.of("model", "embedded");
    private static final Settings GOOD = Settings.parse("level=1");
    private static final Settings BAD = Settings.parse("level=0");

    private static StableDiffusion model;

    @TempDir
    private Path folder;

    private final List<EditTask> search = DrawnTasks.of(2, 3, 64);
    private final List<EditTask> reported = DrawnTasks.of(1, 5, 64);
    private final List<String> calls = new ArrayList<>();

    @BeforeAll
    static void load() throws IOException {
        model = StableDiffusion.load(EmbeddedModel.folder());
    }

    @AfterAll
    static void close() throws Exception {
        model.close();
    }

    /** A method that is told how to edit. */
    private BenchmarkMethod method(String name, List<Settings> grid, BiFunction<Job, Settings, INDArray> edit) {
        return new BenchmarkMethod() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public List<Settings> grid() {
                return grid;
            }

            @Override
            public Edited edit(Workbench bench, Settings settings) {
                calls.add(name + " " + settings);
                return new Edited(edit.apply(bench.job(), settings), null, Double.NaN, 0);
            }
        };
    }

    /** Looks the truth up, which no real method can. */
    private static INDArray ideal(Job job) {
        var painter = new ScenePainter(64);
        return List.of(1L, 2L).stream()
                .flatMap(seed -> EditCases.of(seed, 5).stream())
                .filter(drawn -> drawn.source().caption().equals(job.source())
                        && painter.paint(drawn.source()).equals(job.picture()))
                .map(drawn -> painter.paint(drawn.target()))
                .findFirst()
                .orElseThrow();
    }

    private List<MethodSummary> run(BenchmarkMethod... methods) throws IOException {
        var plan = new Evaluation.Plan(List.of(methods), Map.of(), search, reported, 2, 42);
        JsonLines<CaseResult> file = open(folder.resolve("results.jsonl"), HEADER);
        return new Evaluation(model, plan, file, new Evaluation.Listener() {
                    @Override
                    public void judged(CaseResult result) {}

                    @Override
                    public void reported(EditTask task, BenchmarkMethod method, INDArray picture) {}
                })
                .run();
    }

    private static JsonLines<CaseResult> open(Path file, Map<String, String> header) throws IOException {
        return JsonLines.open(file, header, CaseResult.class, CaseResult::key);
    }

    @Test
    void theIdealEditReachesAllAndNoEditNothing() throws IOException {
        BenchmarkMethod perfect = method("perfect", List.of(Settings.NONE), (job, settings) -> ideal(job));
        BenchmarkMethod idle = method("idle", List.of(Settings.NONE), (job, settings) -> job.picture());
        List<MethodSummary> summaries = run(perfect, idle);
        MethodSummary best = summaries.get(0);
        assertThat(best.successes()).isEqualTo(5);
        assertThat(best.mean(CaseResult::psnr).orElseThrow()).isEqualTo(Evaluation.LARGEST_PSNR);
        assertThat(best.mean(CaseResult::mse).orElseThrow()).isZero();
        assertThat(best.byKind().keySet()).containsExactly("color", "shape", "background", "add", "remove");
        MethodSummary none = summaries.get(1);
        assertThat(none.successes()).isZero();
        assertThat(none.mean(CaseResult::structure).orElseThrow()).isZero();
        assertThat(best.mean(CaseResult::structure).orElseThrow()).isGreaterThan(1e-3);
        assertThat(best.isBetterThan(none)).isFalse(); // both keep everything
        assertThat(none.isBetterThan(best)).isFalse();
    }

    @Test
    void settingsAreChosenOnOneSetAndReportedOnAnother() throws IOException {
        BenchmarkMethod either = method(
                "either", List.of(BAD, GOOD), (job, settings) -> settings.equals(GOOD) ? ideal(job) : job.picture());
        MethodSummary summary = run(either).get(0);
        assertThat(summary.settings()).isEqualTo(GOOD);
        assertThat(summary.successes()).isEqualTo(5);
        assertThat(calls).hasSize(2 * search.size() + reported.size());
        assertThat(calls.subList(2 * search.size(), calls.size())).containsOnly("either level 1");
    }

    @Test
    void aRunThatWasKilledGoesOnWhereItWas() throws IOException {
        BenchmarkMethod idle = method("idle", List.of(BAD, GOOD), (job, settings) -> job.picture());
        List<MethodSummary> first = run(idle);
        Path file = folder.resolve("results.jsonl");
        List<String> lines = Files.readAllLines(file);
        String half = lines.get(lines.size() - 1).substring(0, 40);
        Files.writeString(file, String.join("\n", lines.subList(0, lines.size() - 2)) + "\n" + half);
        calls.clear();
        List<MethodSummary> second = run(idle);
        assertThat(calls).hasSize(2); // the one that was cut, and the one that was not there
        assertThat(second.get(0).results().subList(0, 3))
                .isEqualTo(first.get(0).results().subList(0, 3));
        calls.clear();
        run(idle);
        assertThat(calls).isEmpty();
    }

    @Test
    void resultsOfSomethingElseAreRefused() throws IOException {
        Path file = folder.resolve("results.jsonl");
        open(file, HEADER);
        assertThatThrownBy(() -> open(file, Map.of("model", "other"))).hasMessageContaining("name another folder");
        Files.writeString(file, "{\"model\":\"embedded\"}\nnonsense\n{}\n", StandardCharsets.UTF_8);
        assertThatThrownBy(() -> open(file, HEADER)).hasMessageContaining("line 2 is no result");
    }

    @Test
    void anEditThatFailsCountsAsNoneAndTheOthersGoOn() throws IOException {
        BenchmarkMethod picky = method("picky", List.of(Settings.NONE), (job, settings) -> {
            if (job.source().length() > reported.get(0).job().source().length()) {
                throw new IllegalArgumentException("too long");
            }
            return ideal(job);
        });
        MethodSummary summary = run(picky).get(0);
        assertThat(summary.failures()).isBetween(1, 4);
        assertThat(summary.judged()).isEqualTo(5);
        assertThat(summary.successes()).isEqualTo(5 - summary.failures());
    }

    @Test
    void masksAndHeatAreHeldAgainstTheTruth() {
        float[] truth = {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0};
        INDArray exact = Nd4j.create(new float[][] {{0, 1}, {0, 0}});
        assertThat(MaskOverlap.iou(exact, truth, 4)).isEqualTo(1);
        assertThat(MaskOverlap.iou(Nd4j.ones(2, 2), truth, 4)).isEqualTo(0.25);
        assertThat(MaskOverlap.iou(Nd4j.zeros(2, 2), truth, 4)).isZero();
        var map = new org.sd15.pipeline.heatmap.HeatMap(truth, 4, 4);
        assertThat(MaskOverlap.energy(map, truth, 4)).isCloseTo(1, within(1e-6));
        assertThat(MaskOverlap.iou(map, truth, 4)).isEqualTo(1);
    }

    /** Of latents that are constant but for one place, places far from it have no direction, those at it have one. */
    @Test
    void structureIsWhatStandsOutFromTheMean() {
        INDArray latents = Nd4j.zeros(1, 1, 5, 5);
        latents.putScalar(new int[] {0, 0, 2, 2}, 25);
        double[][] features = StructureDistance.features(latents);
        double[] away = new double[9];
        Arrays.fill(away, -1 / Math.sqrt(9));
        assertThat(features[0]).containsExactly(away, within(1e-6));
        double norm = Math.sqrt(24 * 24 + 8);
        assertThat(features[12][4]).isCloseTo(24 / norm, within(1e-6));
        assertThat(features[12][0]).isCloseTo(-1 / norm, within(1e-6));
        StructureDistance distance = new StructureDistance(model);
        INDArray a = reported.get(0).job().picture();
        INDArray b = reported.get(1).job().picture();
        assertThat(distance.between(a, a)).isZero();
        assertThat(distance.between(a, b)).isEqualTo(distance.between(b, a)).isGreaterThan(0.01);
    }
}

package org.sd15.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.benchmark.CaseResult;
import org.sd15.benchmark.DrawnTasks;
import org.sd15.benchmark.EditTask;
import org.sd15.benchmark.Evaluation;
import org.sd15.benchmark.EvaluationJson;
import org.sd15.benchmark.EvaluationReport;
import org.sd15.benchmark.EvaluationTable;
import org.sd15.benchmark.JsonLines;
import org.sd15.benchmark.MethodSummary;
import org.sd15.benchmark.PieBench;
import org.sd15.benchmark.TaskReport;
import org.sd15.benchmark.TaskReports;
import org.sd15.benchmark.method.BenchmarkMethod;
import org.sd15.benchmark.method.EditMethods;
import org.sd15.benchmark.method.Settings;
import org.sd15.cli.report.EvaluationPage;
import org.sd15.cli.report.FileNames;
import org.sd15.cli.report.TextFile;
import org.sd15.importer.io.AtomicFile;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Compares editing methods on pictures whose truth is known. */
@Command(
        name = "evaluate",
        footer = {
            "sd15 evaluate --cases 12 --output results",
            "sd15 evaluate --pie PIE-Bench --methods direct,ledits --json"
        },
        description =
                "Compare editing methods on drawn pictures with known masks, or on a folder in PIE-Bench's layout."
                        + " Can be stopped and started again: what is in the output folder is not run twice.",
        mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer>, Checked {

    private static final long REPORTED_SEED = 606;
    private static final long SEARCH_SEED = 2;

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(
            names = "--methods",
            split = ",",
            paramLabel = "NAME",
            description = "Which methods, separated by commas (default: all).")
    private List<String> names = List.of();

    @Option(names = "--cases", defaultValue = "60", description = "Cases that are reported (default: 60).")
    @InRange(from = 1)
    private int cases;

    @Option(
            names = "--search-cases",
            defaultValue = "10",
            description = "Other cases by which the settings of each method are chosen; 0 takes the published ones"
                    + " (default: 10; none with --pie).")
    @InRange(from = 0)
    private int searchCases;

    @Option(
            names = "--settings",
            paramLabel = "METHOD:NAME=NUMBER,...",
            description = "Settings of a method that are not to be chosen; repeatable.")
    private List<String> settings = List.of();

    @Option(names = "--steps", defaultValue = "15", description = "Sampler steps (default: 15).")
    @InRange(from = 1)
    private int steps;

    @Option(
            names = "--seed",
            converter = SeedConverter.class,
            defaultValue = "42",
            description = "Seed of all that is random in edits (default: 42).")
    private long seed;

    @Option(
            names = "--pie",
            paramLabel = "FOLDER",
            description = "Cases in PIE-Bench's layout (mapping_file.json, annotation_images) instead of drawn ones.")
    private @Nullable Path pie;

    @Option(
            names = "--instruct",
            paramLabel = "PATH",
            description = "A model that follows instructions, for InstructPix2Pix.")
    private @Nullable Path instruct;

    @Option(
            names = "--drawings",
            defaultValue = "4",
            description = "Plain drawings of each target, to see whether the model can draw it (default: 4).")
    @InRange(from = 0)
    private int drawings;

    @Option(
            names = "--strips",
            defaultValue = "6",
            description = "Best and worst cases that the page shows, each (default: 6).")
    @InRange(from = 0)
    private int strips;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            defaultValue = "out/evaluate",
            description = "Folder for results, pictures and the page (default: ./out/evaluate).")
    private Path output = Path.of("out/evaluate");

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    /** Of the cases and methods in the plan. */
    private FileNames fileNames = FileNames.of(List.of());

    @Override
    public void check() {
        settings.forEach(one -> Settings.parse(one.substring(one.indexOf(':') + 1)));
    }

    @Override
    public Integer call() throws Exception {
        InputFiles inputs = model.inputs().model("--instruct", instruct).model("--pie", pie);
        inputs.requireThere();
        OutputFiles.requireFolder("--output", output);
        AtomicFile.makeFolder(output);
        try (StableDiffusion diffusion = model.load();
                StableDiffusion follower = instruct == null ? null : StableDiffusion.load(instruct)) {
            Evaluation.Plan plan = plan(diffusion, follower);
            fileNames = FileNames.of(Stream.concat(
                            plan.reported().stream().map(EditTask::name),
                            plan.methods().stream().map(BenchmarkMethod::name))
                    .toList());
            EvaluationReport report = evaluate(diffusion, plan);
            write(report);
            Console.results(
                    json
                            ? new ObjectMapper().writeValueAsString(EvaluationJson.of(report))
                            : EvaluationTable.text(report) + "\nsee " + output.resolve("evaluation.html"));
        }
        return 0;
    }

    private Evaluation.Plan plan(StableDiffusion diffusion, @Nullable StableDiffusion follower) throws IOException {
        int side = diffusion.pictureSize();
        List<BenchmarkMethod> methods = EditMethods.named(EditMethods.all(follower), names);
        Map<String, Settings> fixed = new LinkedHashMap<>();
        for (String one : settings) {
            String[] parts = one.split(":", 2);
            fixed.put(
                    EditMethods.named(methods, List.of(parts[0])).get(0).name(),
                    Settings.parse(parts[parts.length - 1]));
        }
        List<EditTask> reported =
                pie == null ? DrawnTasks.of(REPORTED_SEED, cases, side) : PieBench.read(pie, side, cases);
        List<EditTask> search = pie == null ? DrawnTasks.of(SEARCH_SEED, searchCases, side) : List.of();
        return new Evaluation.Plan(methods, fixed, search, reported, steps, seed);
    }

    private EvaluationReport evaluate(StableDiffusion diffusion, Evaluation.Plan plan) throws IOException {
        String source =
                pie == null ? "drawn" : String.valueOf(pie.toAbsolutePath().normalize());
        Map<String, String> header = new LinkedHashMap<>();
        header.put("format", "sd15-evaluation-2");
        header.put("cases", source);
        header.put("model", model.name());
        header.put("steps", String.valueOf(steps));
        header.put("seed", String.valueOf(seed));
        JsonLines<CaseResult> results =
                JsonLines.open(output.resolve("results.jsonl"), header, CaseResult.class, CaseResult::key);
        JsonLines<TaskReport.Facts> facts =
                JsonLines.open(output.resolve("cases.jsonl"), header, TaskReport.Facts.class, TaskReport.Facts::key);
        List<MethodSummary> summaries;
        try (Progress progress = new Progress("editing", plan.edits())) {
            summaries = new Evaluation(diffusion, plan, results, new Listener(progress)).run();
        }
        List<TaskReport> tasks = new ArrayList<>();
        TaskReports reports = new TaskReports(diffusion, steps, seed, drawings, facts);
        try (Progress progress = new Progress("drawing", plan.reported().size())) {
            for (EditTask task : plan.reported()) {
                tasks.add(reports.of(task));
                progress.step();
            }
        }
        return new EvaluationReport(
                model.name(), source, steps, seed, plan.search().size(), summaries, tasks);
    }

    /** Shows progress, and keeps the pictures that are reported. */
    private final class Listener implements Evaluation.Listener {

        private final Progress progress;

        Listener(Progress progress) {
            this.progress = progress;
        }

        @Override
        public void judged(CaseResult result) {
            progress.step();
        }

        @Override
        public void reported(EditTask task, BenchmarkMethod method, INDArray picture) throws IOException {
            Path path = path(task, method);
            AtomicFile.makeFolderOf(path);
            Map<String, String> texts = Map.of("prompt", task.job().target());
            PngFile.write(path, Pictures.toImages(picture).get(0), texts);
        }
    }

    private Path path(EditTask task, BenchmarkMethod method) {
        return output.resolve("pictures")
                .resolve(fileNames.name(task.name()))
                .resolve(fileNames.name(method.name()) + ".png");
    }

    private void write(EvaluationReport report) throws IOException {
        EvaluationPage page = new EvaluationPage(
                report,
                (task, summary) -> {
                    Path path = path(task, summary.method());
                    return Files.exists(path) ? PngFile.read(path) : null;
                },
                strips);
        TextFile.write(output.resolve("evaluation.html"), page.html());
        TextFile.write(
                output.resolve("evaluation.json"),
                new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(EvaluationJson.of(report)));
    }
}

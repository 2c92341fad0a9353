package org.sd15.cli.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.sd15.pipeline.training.TrainingStep;

/** The steps of a training: a line each in {@code log.csv}, and the curve of the loss in {@code loss.png}. */
public final class TrainingTable {

    private static final String NUMBER = "(-?\\d+(\\.\\d+)?(e[-+]?\\d+)?|NaN|-?Infinity)";

    /** Nine numbers, of which the fourth may be missing. */
    private static final Pattern LINE = Pattern.compile("\\d{1,9}(,%1$s){2},%1$s?(,%1$s){5}".formatted(NUMBER));

    private static final String HEAD =
            "step,loss,mean_loss,prior_loss,gradient_norm,learning_rate,pictures_per_second,eta_seconds,skipped";

    private final Path table;
    private final Path curve;
    private final int total;
    private final List<Integer> steps = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();
    private final List<Double> means = new ArrayList<>();
    private final long start = System.nanoTime();
    private int here;
    private long before = start;

    /** A table that goes on after so many steps; what an earlier run wrote about later ones is dropped. */
    public TrainingTable(Path folder, int done, int total) throws IOException {
        Files.createDirectories(folder);
        this.table = folder.resolve("log.csv");
        this.curve = folder.resolve("loss.png");
        this.total = total;
        List<String> lines = new ArrayList<>(List.of(HEAD));
        if (done > 0 && Files.isRegularFile(table)) {
            Files.readAllLines(table, StandardCharsets.UTF_8).stream()
                    .skip(1)
                    .filter(line -> isBefore(line, done))
                    .forEach(lines::add);
        }
        Files.write(table, lines, StandardCharsets.UTF_8);
        lines.stream().skip(1).forEach(this::remember);
    }

    /** A line that was cut off when its process was shot is none, nor is one that somebody else wrote. */
    private static boolean isBefore(String line, int done) {
        return LINE.matcher(line).matches() && Integer.parseInt(line.substring(0, line.indexOf(','))) <= done;
    }

    private void remember(String line) {
        String[] fields = line.split(",", -1);
        steps.add(Integer.valueOf(fields[0]));
        losses.add(Double.valueOf(fields[1]));
        means.add(Double.valueOf(fields[2]));
    }

    /** Adds a step. */
    public void add(TrainingStep step) throws IOException {
        long now = System.nanoTime();
        here++;
        int number = step.index() + 1;
        double eta = (now - start) / 1e9 / here * (total - number);
        String line = String.format(
                Locale.ROOT,
                "%d,%.9g,%.9g,%s,%.9g,%.9g,%.4g,%.0f,%d",
                number,
                step.loss(),
                step.meanLoss(),
                step.priorLoss() == null ? "" : "%.9g".formatted(step.priorLoss()),
                step.gradientNorm(),
                step.learningRate(),
                step.pictures() / ((now - before) / 1e9),
                eta,
                step.skipped() ? 1 : 0);
        before = now;
        Files.writeString(table, line + "\n", StandardCharsets.UTF_8, StandardOpenOption.APPEND);
        if (!step.skipped()) {
            remember(line);
        }
    }

    /** Draws the curve anew. */
    public void draw() throws IOException {
        if (!steps.isEmpty()) {
            TrainingCurve.write(curve, steps, losses, means);
        }
    }
}

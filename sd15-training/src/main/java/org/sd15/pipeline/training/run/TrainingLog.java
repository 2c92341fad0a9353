package org.sd15.pipeline.training.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sd15.pipeline.training.TrainingStep;

/** The log of a run, {@code log.csv} in its folder: a line a step. */
public final class TrainingLog {

    private static final String FILE = "log.csv";
    private static final String NUMBER = "(-?\\d+(\\.\\d+)?(e[-+]?\\d+)?|NaN|-?Infinity)";

    /** Nine numbers, of which the fourth may be missing. */
    private static final Pattern LINE = Pattern.compile("\\d{1,9}(,%1$s){2},%1$s?(,%1$s){5}".formatted(NUMBER));

    private static final String HEAD =
            "step,loss,mean_loss,prior_loss,gradient_norm,learning_rate,pictures_per_second,eta_seconds,skipped";

    private final Path file;
    private final int total;
    private final long start = System.nanoTime();
    private int here;
    private long before = start;

    /**
     * A step of the log.
     *
     * @param number counted from 1
     * @param loss the mean of its batches
     * @param meanLoss a moving mean over the last steps
     */
    public record Entry(int number, double loss, double meanLoss) {}

    /** A log that continues after a number of steps; what an earlier process wrote about later ones is dropped. */
    TrainingLog(Path folder, int done, int total) throws IOException {
        this.file = folder.resolve(FILE);
        this.total = total;
        List<String> lines = new ArrayList<>(List.of(HEAD));
        if (done > 0) {
            lines(file).filter(line -> number(line) <= done).forEach(lines::add);
        }
        Files.write(file, lines, StandardCharsets.UTF_8);
    }

    /**
     * The steps that a run's log has, without those that were skipped.
     *
     * @param folder of the run; without a log there are none
     */
    public static List<Entry> read(Path folder) throws IOException {
        return lines(folder.resolve(FILE))
                .filter(line -> line.endsWith(",0"))
                .map(line -> line.split(",", -1))
                .map(fields -> new Entry(
                        Integer.parseInt(fields[0]), Double.parseDouble(fields[1]), Double.parseDouble(fields[2])))
                .toList();
    }

    /** A line that was cut off when its process was killed is none, nor is one that another program wrote. */
    private static Stream<String> lines(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Stream.empty();
        }
        return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                .skip(1)
                .filter(line -> LINE.matcher(line).matches());
    }

    private static int number(String line) {
        return Integer.parseInt(line.substring(0, line.indexOf(',')));
    }

    /** Adds a step. */
    void add(TrainingStep step) throws IOException {
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
        Files.writeString(file, line + "\n", StandardCharsets.UTF_8, StandardOpenOption.APPEND);
    }
}

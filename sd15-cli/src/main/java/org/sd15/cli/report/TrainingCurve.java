package org.sd15.cli.report;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.training.run.TrainingLog;

/** The loss of a training as a picture: every step, and the moving mean over it. */
public final class TrainingCurve {

    private static final int WIDTH = 900;
    private static final int HEIGHT = 500;
    private static final Color STEP = new Color(0xc9c2d3);
    private static final Color MEAN = new Color(0x8c2981);

    private TrainingCurve() {}

    /**
     * Draws {@code loss.png} of what the log of a run has; nothing, if that is nothing.
     *
     * @param folder of the run
     */
    public static void draw(Path folder) throws IOException {
        List<TrainingLog.Entry> log = TrainingLog.read(folder);
        if (!log.isEmpty()) {
            write(
                    folder.resolve("loss.png"),
                    log.stream().map(TrainingLog.Entry::number).toList(),
                    log.stream().map(TrainingLog.Entry::loss).toList(),
                    log.stream().map(TrainingLog.Entry::meanLoss).toList());
        }
    }

    /**
     * Writes the picture.
     *
     * @param steps numbers of the steps, at least one
     * @param losses one a step
     * @param means one a step
     */
    public static void write(Path path, List<Integer> steps, List<Double> losses, List<Double> means)
            throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("loss")
                .xAxisTitle("step")
                .yAxisTitle("loss")
                .build();
        chart.getStyler().setChartBackgroundColor(Color.WHITE).setPlotBorderVisible(false);
        chart.addSeries("step", steps, losses).setMarker(SeriesMarkers.NONE).setLineColor(STEP);
        chart.addSeries("moving mean", steps, means)
                .setMarker(SeriesMarkers.NONE)
                .setLineColor(MEAN);
        PngFile.write(path, BitmapEncoder.getBufferedImage(chart), Map.of("title", "loss"));
    }
}

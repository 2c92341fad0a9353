package org.sd15.examples.report;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.sd15.pipeline.image.PngFile;

/** A curve as a picture, such as a loss over the steps of a training. */
public final class LineChart {

    private static final int WIDTH = 720;
    private static final int HEIGHT = 400;
    private static final Color LINE = new Color(0x8c2981);

    private LineChart() {}

    /**
     * Writes a curve.
     *
     * @param path a PNG file, written aside and moved into place
     * @param title above the curve
     * @param x what the values are counted by, from 1
     * @param y what the values are
     * @param values the curve, at least one value
     */
    public static void write(Path path, String title, String x, String y, List<Double> values) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        chart.getStyler()
                .setLegendVisible(false)
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false);
        List<Integer> counts = IntStream.rangeClosed(1, values.size()).boxed().toList();
        chart.addSeries(y, counts, values).setMarker(SeriesMarkers.NONE).setLineColor(LINE);
        PngFile.write(path, BitmapEncoder.getBufferedImage(chart), Map.of("title", title));
    }
}

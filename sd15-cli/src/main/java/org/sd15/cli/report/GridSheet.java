package org.sd15.cli.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;

/**
 * Pictures in columns and rows, each with its title, as one picture. Pictures keep their size up to 256 pixels; a title that
 * does not fit is cut.
 *
 * @param columns titles above
 * @param rows titles at the left; may be empty
 * @param pictures row by row
 */
public record GridSheet(List<String> columns, List<String> rows, List<List<BufferedImage>> pictures) {

    private static final int LARGEST = 256;
    private static final int SMALLEST = 128;
    private static final int GAP = 8;
    private static final int LINE = 20;
    private static final int SIDE = 150;
    private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);

    /** Copies the lists. */
    public GridSheet {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
        pictures = List.copyOf(pictures);
    }

    /** The sheet. */
    public BufferedImage image() {
        int cell = pictures.stream()
                .flatMap(List::stream)
                .mapToInt(picture -> Math.max(picture.getWidth(), picture.getHeight()))
                .max()
                .orElse(SMALLEST);
        int side = Math.max(SMALLEST, Math.min(LARGEST, cell));
        int left = rows.isEmpty() ? GAP : SIDE + GAP;
        var sheet = new BufferedImage(
                left + columns.size() * (side + GAP),
                LINE + GAP + pictures.size() * (side + GAP),
                BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
        graphics.setColor(Color.BLACK);
        graphics.setFont(FONT);
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        for (int i = 0; i < columns.size(); i++) {
            graphics.drawString(fitting(columns.get(i), side, graphics), left + i * (side + GAP), LINE);
        }
        for (int y = 0; y < pictures.size(); y++) {
            int top = LINE + GAP + y * (side + GAP);
            if (y < rows.size()) {
                graphics.drawString(fitting(rows.get(y), SIDE - GAP, graphics), GAP, top + side / 2);
            }
            for (int x = 0; x < pictures.get(y).size(); x++) {
                draw(graphics, pictures.get(y).get(x), left + x * (side + GAP), top, side);
            }
        }
        graphics.dispose();
        return sheet;
    }

    /** In its own shape, in the middle of its cell. */
    private static void draw(Graphics2D graphics, BufferedImage picture, int x, int y, int side) {
        double scale = (double) side / Math.max(picture.getWidth(), picture.getHeight());
        int width = Math.max(1, (int) Math.round(scale * picture.getWidth()));
        int height = Math.max(1, (int) Math.round(scale * picture.getHeight()));
        graphics.drawImage(picture, x + (side - width) / 2, y + (side - height) / 2, width, height, null);
    }

    private static String fitting(String title, int width, Graphics2D graphics) {
        FontMetrics metrics = graphics.getFontMetrics();
        if (metrics.stringWidth(title) <= width) {
            return title;
        }
        int end = title.length();
        while (end > 0 && metrics.stringWidth(title.substring(0, end) + "...") > width) {
            end = title.offsetByCodePoints(end, -1);
        }
        return title.substring(0, end) + "...";
    }
}

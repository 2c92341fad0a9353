package org.sd15.cli.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Small pictures in rows, each under its title: what several models draw of the same captions, or one at several times. */
public final class ContactSheet {

    private static final int CELL = 112;
    private static final int GAP = 6;
    private static final int TITLE = 18;

    private record Row(String title, List<BufferedImage> pictures) {}

    private final List<Row> rows = new ArrayList<>();

    /** Adds a row below. */
    public ContactSheet row(String title, List<BufferedImage> pictures) {
        rows.add(new Row(title, List.copyOf(pictures)));
        return this;
    }

    /** The sheet so far. */
    public BufferedImage image() {
        int columns = rows.stream().mapToInt(row -> row.pictures.size()).max().orElse(0);
        int height = TITLE + CELL + GAP;
        var sheet = new BufferedImage(
                columns * (CELL + GAP) + GAP, Math.max(1, rows.size()) * height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
        graphics.setColor(Color.BLACK);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        for (int y = 0; y < rows.size(); y++) {
            graphics.drawString(rows.get(y).title, GAP, y * height + TITLE - GAP);
            for (int x = 0; x < rows.get(y).pictures.size(); x++) {
                BufferedImage picture = rows.get(y).pictures.get(x);
                graphics.drawImage(picture, GAP + x * (CELL + GAP), y * height + TITLE, CELL, CELL, null);
            }
        }
        graphics.dispose();
        return sheet;
    }
}

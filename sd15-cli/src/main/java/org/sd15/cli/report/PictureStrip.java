package org.sd15.cli.report;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Pictures side by side, each under what it shows. */
public final class PictureStrip {

    private static final int CELL = 192;
    private static final int GAP = 8;
    private static final int TITLE = 20;

    private record Titled(String title, BufferedImage picture) {}

    private final List<Titled> pictures = new ArrayList<>();

    /** Adds a picture on the right. */
    public PictureStrip add(String title, BufferedImage picture) {
        pictures.add(new Titled(title, picture));
        return this;
    }

    /** The strip so far. */
    public BufferedImage image() {
        int width = Math.max(1, pictures.size() * (CELL + GAP) + GAP);
        var strip = new BufferedImage(width, CELL + TITLE + 2 * GAP, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = strip.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, strip.getWidth(), strip.getHeight());
        graphics.setColor(Color.BLACK);
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        for (int i = 0; i < pictures.size(); i++) {
            int x = GAP + i * (CELL + GAP);
            BufferedImage picture = pictures.get(i).picture;
            int longer = Math.max(picture.getWidth(), picture.getHeight());
            int w = picture.getWidth() * CELL / longer;
            int h = picture.getHeight() * CELL / longer;
            graphics.drawString(pictures.get(i).title, x, TITLE - GAP / 2);
            graphics.drawImage(picture, x + (CELL - w) / 2, TITLE + GAP + (CELL - h) / 2, w, h, null);
        }
        graphics.dispose();
        return strip;
    }
}

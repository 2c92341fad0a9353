package org.sd15.shapes;

import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.Locale;

/** The kinds of shapes. Each lies around a centre and fits, more or less, into a circle of the given radius. */
public enum ShapeKind {
    CIRCLE {
        @Override
        public Shape outline(double x, double y, double radius) {
            return new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius);
        }
    },
    SQUARE {
        @Override
        public Shape outline(double x, double y, double radius) {
            double half = 0.9 * radius;
            return new Rectangle2D.Double(x - half, y - half, 2 * half, 2 * half);
        }
    },
    TRIANGLE {
        @Override
        public Shape outline(double x, double y, double radius) {
            return polygon(x, y, radius, 0, -1, 0.95, 0.75, -0.95, 0.75);
        }
    },
    STAR {
        @Override
        public Shape outline(double x, double y, double radius) {
            double[] points = new double[20];
            for (int i = 0; i < 10; i++) {
                double reach = i % 2 == 0 ? 1 : 0.42;
                points[2 * i] = reach * Math.sin(i * Math.PI / 5);
                points[2 * i + 1] = -reach * Math.cos(i * Math.PI / 5);
            }
            return polygon(x, y, radius, points);
        }
    },
    HEART {
        @Override
        public Shape outline(double x, double y, double radius) {
            double[] points = new double[2 * HEART_POINTS];
            for (int i = 0; i < HEART_POINTS; i++) {
                double t = 2 * Math.PI * i / HEART_POINTS;
                points[2 * i] = Math.pow(Math.sin(t), 3);
                points[2 * i + 1] =
                        -(13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t)) / 16;
            }
            return polygon(x, y, radius, points);
        }
    },
    CROSS {
        @Override
        public Shape outline(double x, double y, double radius) {
            double a = 0.95;
            double b = 0.34;
            return polygon(
                    x, y, radius, -b, -a, b, -a, b, -b, a, -b, a, b, b, b, b, a, -b, a, -b, b, -a, b, -a, -b, -b, -b);
        }
    };

    private static final int HEART_POINTS = 60;

    /**
     * The outline of the shape.
     *
     * @param x centre, to the right
     * @param y centre, downwards
     * @param radius size, in the same unit
     */
    public abstract Shape outline(double x, double y, double radius);

    /** The word in a caption. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A polygon through points around the origin, scaled and moved. */
    private static Shape polygon(double x, double y, double radius, double... points) {
        Path2D path = new Path2D.Double();
        path.moveTo(x + radius * points[0], y + radius * points[1]);
        for (int i = 2; i < points.length; i += 2) {
            path.lineTo(x + radius * points[i], y + radius * points[i + 1]);
        }
        path.closePath();
        return path;
    }
}

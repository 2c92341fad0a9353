package org.sd15.attention.fused.ops;

/**
 * The transforms of Winograd's F(4x4, 3x3) on many channels at once. A tile of 6x6 is 36 rows of floats, one a pixel; a
 * result of 4x4 is 16. The points are 0, {@code +-5/8}, {@code +-3/2} and infinity: as far as float32 is concerned, they
 * lose less than the usual 0, 1, 2.
 *
 * <p>Every loop writes one array and reads others, because such loops become vector instructions.
 *
 * @see <a href="https://arxiv.org/abs/1509.09308">Lavin and Gray, Fast Algorithms for Convolutional Neural Networks</a>
 * @see <a href="https://arxiv.org/abs/1803.10986">Barabasz et al., on the choice of points</a>
 */
final class WinogradTransforms {

    /** Side of a tile. */
    static final int TILE = 6;

    /** Side of what a tile gives. */
    static final int STEP = 4;

    /** Side of the kernel. */
    static final int KERNEL = 3;

    private static final float A = 0.625f;
    private static final float B = 1.5f;
    private static final float AA = A * A;
    private static final float BB = B * B;

    private final float[][] pixels;
    private final float[][] between;

    /** Transforms of rows of {@code length} floats. */
    WinogradTransforms(int length) {
        pixels = new float[TILE * TILE][length];
        between = new float[TILE * TILE][length];
    }

    /** Rows to put a tile or a kernel into, then to take its transform from. */
    float[][] rows() {
        return pixels;
    }

    /** {@code B^T d B}: a tile of 6x6 becomes one of 6x6. */
    void input(int n) {
        for (int i = 0; i < TILE; i++) {
            input(pixels, i, TILE, between, n);
        }
        for (int i = 0; i < TILE; i++) {
            input(between, TILE * i, 1, pixels, n);
        }
    }

    /** {@code G g G^T}: a kernel of 3x3, in the first nine rows, becomes a tile of 6x6. */
    void kernel(int n) {
        for (int i = 0; i < KERNEL; i++) {
            kernel(pixels, i, KERNEL, between, i, TILE, n); // [6, 3] in rows of 6
        }
        for (int i = 0; i < TILE; i++) {
            kernel(between, TILE * i, 1, pixels, TILE * i, 1, n);
        }
    }

    /** {@code A^T m A}: a tile of 6x6 becomes a result of 4x4, in the first four rows of six each. */
    void output(int n) {
        for (int i = 0; i < TILE; i++) {
            output(pixels, i, TILE, between, n);
        }
        for (int i = 0; i < STEP; i++) {
            output(between, TILE * i, 1, pixels, n);
        }
    }

    private static void input(float[][] d, int at, int step, float[][] to, int n) {
        float[] d1 = d[at + step];
        float[] d2 = d[at + 2 * step];
        float[] d3 = d[at + 3 * step];
        float[] d4 = d[at + 4 * step];
        sum(to[at], AA * BB, d[at], -AA - BB, d2, 1, d4, n);
        pairs(to[at + step], 1, d4, d2, A, d3, d1, -BB, n);
        pairs(to[at + 2 * step], 1, d4, d2, -A, d3, d1, -BB, n);
        pairs(to[at + 3 * step], 1, d4, d2, B, d3, d1, -AA, n);
        pairs(to[at + 4 * step], 1, d4, d2, -B, d3, d1, -AA, n);
        sum(to[at + 5 * step], AA * BB, d1, -AA - BB, d3, 1, d[at + 5 * step], n);
    }

    private static void kernel(float[][] g, int from, int step, float[][] to, int at, int toStep, int n) {
        float[] g0 = g[from];
        float[] g1 = g[from + step];
        float[] g2 = g[from + 2 * step];
        float a = 1 / (2 * AA * (AA - BB));
        float b = 1 / (2 * BB * (BB - AA));
        sum(to[at], 1 / (AA * BB), g0, 0, g1, 0, g2, n);
        sum(to[at + toStep], a, g0, a * A, g1, a * AA, g2, n);
        sum(to[at + 2 * toStep], a, g0, -a * A, g1, a * AA, g2, n);
        sum(to[at + 3 * toStep], b, g0, b * B, g1, b * BB, g2, n);
        sum(to[at + 4 * toStep], b, g0, -b * B, g1, b * BB, g2, n);
        sum(to[at + 5 * toStep], 0, g0, 0, g1, 1, g2, n);
    }

    private static void output(float[][] m, int at, int step, float[][] to, int n) {
        float[] m1 = m[at + step];
        float[] m2 = m[at + 2 * step];
        float[] m3 = m[at + 3 * step];
        float[] m4 = m[at + 4 * step];
        pairs(to[at], 1, m1, m2, 1, m3, m4, 1, n);
        add(to[at], m[at], n);
        pairs(to[at + step], A, m1, m2, B, m3, m4, -1, n);
        pairs(to[at + 2 * step], AA, m1, m2, BB, m3, m4, 1, n);
        pairs(to[at + 3 * step], A * AA, m1, m2, B * BB, m3, m4, -1, n);
        add(to[at + 3 * step], m[at + 5 * step], n);
    }

    private static void sum(float[] to, float p, float[] a, float q, float[] b, float r, float[] c, int n) {
        for (int i = 0; i < n; i++) {
            to[i] = p * a[i] + q * b[i] + r * c[i];
        }
    }

    /** {@code p (a + s b) + q (c + s d)}. */
    private static void pairs(
            float[] to, float p, float[] a, float[] b, float q, float[] c, float[] d, float s, int n) {
        for (int i = 0; i < n; i++) {
            to[i] = p * (a[i] + s * b[i]) + q * (c[i] + s * d[i]);
        }
    }

    /** Adds a row to another. */
    static void add(float[] to, float[] a, int n) {
        for (int i = 0; i < n; i++) {
            to[i] += a[i];
        }
    }
}

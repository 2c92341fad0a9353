package org.sd15.pipeline.schedule;

/** How the variance grows over the training timesteps, spelt as in diffusers. */
public enum BetaSchedule implements Spelled {
    /** Beta grows evenly. */
    LINEAR,
    /** The square root of beta grows evenly: latent diffusion, and so Stable Diffusion. */
    SCALED_LINEAR,
    /** A cosine for the signal (A. Nichol, P. Dhariwal, "Improved Denoising Diffusion Probabilistic Models", 2021). */
    SQUAREDCOS_CAP_V2;

    private static final double LARGEST_BETA = 0.999;

    /** The constant of a {@code beta_schedule}. */
    public static BetaSchedule of(String spelling) {
        return Spelled.of(BetaSchedule.class, "beta_schedule", spelling);
    }

    /** The table in single precision, bit for bit as PyTorch computes it. */
    float[] betas(double start, double end, int timesteps) {
        return switch (this) {
            case LINEAR -> evenly(start, end, timesteps);
            case SCALED_LINEAR -> {
                float[] betas = evenly(Math.sqrt(start), Math.sqrt(end), timesteps);
                for (int t = 0; t < timesteps; t++) {
                    betas[t] *= betas[t];
                }
                yield betas;
            }
            case SQUAREDCOS_CAP_V2 -> {
                float[] betas = new float[timesteps];
                for (int t = 0; t < timesteps; t++) {
                    double kept = cosineSignal((t + 1.0) / timesteps) / cosineSignal((double) t / timesteps);
                    betas[t] = (float) Math.min(1 - kept, LARGEST_BETA);
                }
                yield betas;
            }
        };
    }

    /** {@code torch.linspace}: counted from both ends, with fused multiply-adds. */
    private static float[] evenly(double first, double last, int count) {
        float start = (float) first;
        float end = (float) last;
        float step = count == 1 ? 0 : (end - start) / (count - 1);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i < count / 2 || count == 1 ? Math.fma(step, i, start) : Math.fma(-step, count - 1 - i, end);
        }
        return values;
    }

    private static double cosineSignal(double time) {
        double root = Math.cos((time + 0.008) / 1.008 * Math.PI / 2);
        return root * root;
    }
}

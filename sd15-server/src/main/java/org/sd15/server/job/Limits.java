package org.sd15.server.job;

/**
 * What one request may ask for.
 *
 * @param steps sampler steps
 * @param count pictures of a job
 * @param pixels of a picture that is drawn or given
 * @param queue jobs that wait
 * @param bodyBytes of a request
 */
public record Limits(int steps, int count, int pixels, int queue, int bodyBytes) {

    /** What is usual. */
    public static final Limits DEFAULT = new Limits(200, 16, 1024 * 1024, 256, 32 << 20);
}

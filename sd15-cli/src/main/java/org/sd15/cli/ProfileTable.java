package org.sd15.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.List;
import java.util.Locale;
import org.sd15.attention.fused.Profile;

/**
 * Where the time of a run goes, for people: by kind of operation, then the shapes that take longest.
 *
 * @param times of all runs
 * @param total seconds of all runs, between the operations too
 * @param runs how many there were
 */
record ProfileTable(Profile times, double total, int runs) {

    private static final int LONGEST = 25;

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "%10s %6s %7s %8s  operation%n", "ms", "share", "calls", "GFLOP/s"));
        times.kinds().forEach(kind -> text.append(line(kind)));
        double between = total - times.seconds();
        text.append(String.format(
                Locale.ROOT,
                "%10.1f %5.1f%% %16s  between operations%n%n",
                between / runs * 1e3,
                between / total * 100,
                ""));
        List<Profile.Entry> all = times.entries();
        all.stream().limit(LONGEST).forEach(entry -> text.append(line(entry)));
        return text.toString();
    }

    private String line(Profile.Entry entry) {
        String rate = entry.flops() > 0 ? String.format(Locale.ROOT, "%.0f", entry.gigaflops()) : "";
        return String.format(
                Locale.ROOT,
                "%10.1f %5.1f%% %7d %8s  %s %s%n",
                entry.seconds() / runs * 1e3,
                entry.seconds() / total * 100,
                entry.calls() / runs,
                rate,
                entry.kind(),
                entry.shapes());
    }

    /** One object for each kind and shape, times for a run. */
    static void write(Profile times, int runs, ArrayNode into) {
        times.entries()
                .forEach(entry -> into.addObject()
                        .put("operation", entry.kind())
                        .put("shapes", entry.shapes())
                        .put("calls", entry.calls() / runs)
                        .put("seconds", entry.seconds() / runs)
                        .put("gflop", entry.flops() / runs / 1e9));
    }
}

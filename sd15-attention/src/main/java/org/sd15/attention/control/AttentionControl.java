package org.sd15.attention.control;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What controls one evaluation of a model: arrays for the ports of a plan, identity where nothing is said. Immutable; the
 * methods return a new control. Where two settings meet at one site, the later one holds.
 */
public final class AttentionControl {

    /**
     * One array for one kind of port.
     *
     * @param rows the rows of the batch that the array is for; null for all
     */
    private record Setting(Port port, Predicate<AttentionSite> where, INDArray value, int @Nullable [] rows) {}

    private final int batch;
    private final List<Setting> settings;

    private AttentionControl(int batch, List<Setting> settings) {
        this.batch = batch;
        this.settings = List.copyOf(settings);
    }

    /** The control that changes nothing. */
    public static AttentionControl identity(int batch) {
        return new AttentionControl(batch, List.of());
    }

    /** Rows of the batch. */
    public int batch() {
        return batch;
    }

    /**
     * Takes queries from other rows: row i of the result is the sum of {@code matrix[i, j]} times row j.
     *
     * @param matrix {@code [batch, batch]}
     */
    public AttentionControl routeQueries(Predicate<AttentionSite> where, INDArray matrix) {
        return with(Port.ROUTE_QUERY, where, matrix);
    }

    /** Takes keys from other rows; see {@link #routeQueries}. */
    public AttentionControl routeKeys(Predicate<AttentionSite> where, INDArray matrix) {
        return with(Port.ROUTE_KEY, where, matrix);
    }

    /** Takes values from other rows; see {@link #routeQueries}. */
    public AttentionControl routeValues(Predicate<AttentionSite> where, INDArray matrix) {
        return with(Port.ROUTE_VALUE, where, matrix);
    }

    /** Edits the probabilities of cross attention. */
    public AttentionControl map(Predicate<AttentionSite> where, TokenMap map) {
        return with(Port.MAP_ROUTE, where, map.routing())
                .with(Port.MAP_MATRIX, where, map.matrix())
                .with(Port.MAP_MIXED, where, map.mixed())
                .with(Port.MAP_OWN, where, map.own());
    }

    /**
     * Adds to the scores of cross attention.
     *
     * @param bias {@code [batch, 1, queries, keys]}
     */
    public AttentionControl bias(Predicate<AttentionSite> where, INDArray bias) {
        return with(Port.BIAS, where, bias);
    }

    /**
     * Lets foreground attend to foreground and background to background in self attention.
     *
     * @param queries 1 at foreground pixels, {@code [batch, 1, queries, 1]}
     * @param keys 1 at foreground pixels, {@code [batch, 1, 1, keys]}
     */
    public AttentionControl masks(Predicate<AttentionSite> where, INDArray queries, INDArray keys) {
        return with(Port.MASK_QUERY, where, queries).with(Port.MASK_KEY, where, keys);
    }

    /**
     * Controls some rows of the batch as a smaller batch of them is controlled; other rows are left as they are.
     *
     * @param rows the row of this batch that each row of the smaller one is
     * @param part control of the smaller batch
     */
    public AttentionControl rows(int[] rows, AttentionControl part) {
        if (rows.length != part.batch || Arrays.stream(rows).anyMatch(row -> row < 0 || row >= batch)) {
            throw new IllegalArgumentException("a control of %d rows can't be placed at rows %s of %d"
                    .formatted(part.batch, Arrays.toString(rows), batch));
        }
        List<Setting> more = new ArrayList<>(settings);
        for (Setting setting : part.settings) {
            int[] inner = setting.rows;
            int[] placed = inner == null
                    ? rows.clone()
                    : Arrays.stream(inner).map(row -> rows[row]).toArray();
            more.add(new Setting(setting.port, setting.where, setting.value, placed));
        }
        return new AttentionControl(batch, more);
    }

    private AttentionControl with(Port port, Predicate<AttentionSite> where, INDArray value) {
        List<Setting> more = new ArrayList<>(settings);
        more.add(new Setting(port, where, value, null));
        return new AttentionControl(batch, more);
    }

    /**
     * The placeholders of a plan, filled.
     *
     * @param plan the plan of the graph
     * @param sites all sites of the model
     * @param dataType the type of the graph
     * @throws IllegalArgumentException if a setting concerns a site that the plan gives no port for it, or has another
     *     shape than the port
     */
    public Map<String, INDArray> feeds(AttentionPlan plan, Collection<AttentionSite> sites, DataType dataType) {
        settings.forEach(setting -> requirePort(setting, plan, sites));
        Map<String, INDArray> feeds = new HashMap<>();
        for (Port port : Port.values()) {
            for (AttentionSite site : port.sites(plan)) {
                feeds.put(port.name(site), valueAt(port, site, dataType));
            }
        }
        return feeds;
    }

    private INDArray valueAt(Port port, AttentionSite site, DataType dataType) {
        INDArray value = null;
        for (Setting setting : settings) {
            if (setting.port == port && setting.where.test(site)) {
                requireShape(setting, site);
                INDArray given = setting.value.castTo(dataType);
                value = setting.rows == null
                        ? given
                        : port.withRows(
                                value == null ? port.identity(batch, site, dataType) : value, setting.rows, given);
            }
        }
        return value == null ? port.identity(batch, site, dataType) : value;
    }

    private void requireShape(Setting setting, AttentionSite site) {
        long[] needed = setting.port.shape(setting.rows == null ? batch : setting.rows.length, site);
        if (!Arrays.equals(setting.value.shape(), needed)) {
            throw new IllegalArgumentException("attention control %s has shape %s, the site needs %s"
                    .formatted(
                            setting.port.name(site), Arrays.toString(setting.value.shape()), Arrays.toString(needed)));
        }
    }

    private static void requirePort(Setting setting, AttentionPlan plan, Collection<AttentionSite> sites) {
        Collection<AttentionSite> planned = setting.port.sites(plan);
        for (AttentionSite site : sites) {
            if (setting.port.fits(site) && setting.where.test(site) && !planned.contains(site)) {
                throw new IllegalArgumentException(
                        "attention control %s is set, but the plan of the graph has no such port"
                                .formatted(setting.port.name(site)));
            }
        }
    }

    /**
     * An edit of cross-attention probabilities P of all rows: {@code P' = U * ((R P) M) + V * P}.
     *
     * @param routing R, {@code [batch, batch]}
     * @param matrix M, {@code [batch, keys, keys]}
     * @param mixed U, {@code [batch, 1, 1, keys]}
     * @param own V, {@code [batch, 1, 1, keys]}
     */
    public record TokenMap(INDArray routing, INDArray matrix, INDArray mixed, INDArray own) {}
}

package org.sd15.attention.control;

import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.AttentionPorts.LogitBias;
import org.sd15.attention.graph.AttentionPorts.Routing;
import org.sd15.attention.graph.AttentionPorts.TokenMap;
import org.sd15.attention.graph.PortSource;

/**
 * The ports of a plan as placeholders of a graph. The placeholder of a port is called after its site, for instance
 * {@code control/3/self/route_query}; {@link AttentionControl#feeds} fills them.
 */
public final class PlannedPorts implements PortSource {

    private final SameDiff graph;
    private final DataType dataType;
    private final AttentionPlan plan;
    private final Map<String, AttentionSite> sites;

    /**
     * Ports for the sites of a model, in a graph under construction.
     *
     * @throws IllegalArgumentException if the plan has a site that the model has not, for instance of another picture size
     */
    public PlannedPorts(SameDiff graph, DataType dataType, AttentionPlan plan, Collection<AttentionSite> sites) {
        this.graph = graph;
        this.dataType = dataType;
        this.plan = plan;
        this.sites = sites.stream().collect(Collectors.toMap(AttentionSite::path, Function.identity()));
        Stream.of(plan.routed(), plan.mapped(), plan.biased(), plan.whole())
                .flatMap(Collection::stream)
                .sorted(Comparator.comparing(AttentionSite::index).thenComparing(AttentionSite::kind))
                .forEach(this::requireSite);
    }

    private void requireSite(AttentionSite planned) {
        AttentionSite own = sites.get(planned.path());
        if (!planned.equals(own)) {
            throw new IllegalArgumentException(
                    "the plan of attention ports has %s with %d queries and %d keys, the model %s"
                            .formatted(
                                    planned.path(),
                                    planned.queries(),
                                    planned.keys(),
                                    own == null
                                            ? "none there"
                                            : "one of %d and %d".formatted(own.queries(), own.keys())));
        }
    }

    @Override
    public AttentionPorts at(String path) {
        AttentionSite site = sites.get(path);
        if (site == null) {
            throw new IllegalArgumentException("no attention site at " + path);
        }
        boolean whole = plan.whole().contains(site);
        return new AttentionPorts(site.name(), routing(site), tokenMap(site), bias(site), whole);
    }

    private @Nullable Routing routing(AttentionSite site) {
        return plan.routed().contains(site)
                ? new Routing(
                        declare(Port.ROUTE_QUERY, site), declare(Port.ROUTE_KEY, site), declare(Port.ROUTE_VALUE, site))
                : null;
    }

    private @Nullable TokenMap tokenMap(AttentionSite site) {
        return plan.mapped().contains(site)
                ? new TokenMap(
                        declare(Port.MAP_ROUTE, site),
                        declare(Port.MAP_MATRIX, site),
                        declare(Port.MAP_MIXED, site),
                        declare(Port.MAP_OWN, site))
                : null;
    }

    private @Nullable LogitBias bias(AttentionSite site) {
        if (!plan.biased().contains(site)) {
            return null;
        }
        return site.isCross()
                ? new LogitBias.Dense(declare(Port.BIAS, site), true)
                : new LogitBias.Masks(declare(Port.MASK_QUERY, site), declare(Port.MASK_KEY, site));
    }

    private SDVariable declare(Port port, AttentionSite site) {
        return graph.placeHolder(port.name(site), dataType, port.shape(-1, site));
    }
}

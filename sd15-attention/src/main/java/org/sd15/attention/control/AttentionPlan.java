package org.sd15.attention.control;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which attentions of a graph have which ports. Two equal plans give the same graph. Ports that are not planned cost
 * nothing.
 *
 * @param routed sites whose queries, keys and values can come from other rows of the batch
 * @param mapped cross-attention sites whose probabilities can be edited
 * @param biased sites whose scores can be biased
 * @param whole sites whose map is computed in one piece although it is large, so that it can be tapped
 */
public record AttentionPlan(
        Set<AttentionSite> routed, Set<AttentionSite> mapped, Set<AttentionSite> biased, Set<AttentionSite> whole) {

    /** No ports: the plain model. */
    public static final AttentionPlan PLAIN = new AttentionPlan(Set.of(), Set.of(), Set.of(), Set.of());

    /** Copies the sets and checks that only cross attention is mapped. */
    public AttentionPlan {
        routed = Set.copyOf(routed);
        mapped = Set.copyOf(mapped);
        biased = Set.copyOf(biased);
        whole = Set.copyOf(whole);
        mapped.stream().filter(site -> !site.isCross()).findAny().ifPresent(site -> {
            throw new IllegalArgumentException(
                    "%s: token maps belong to cross attention; self attention is edited by routing"
                            .formatted(site.name()));
        });
    }

    /** This plan with routing at some of the sites as well. */
    public AttentionPlan route(Collection<AttentionSite> sites, Predicate<AttentionSite> where) {
        return new AttentionPlan(plus(routed, sites, where), mapped, biased, whole);
    }

    /** This plan with token maps at some of the cross-attention sites as well. */
    public AttentionPlan map(Collection<AttentionSite> sites, Predicate<AttentionSite> where) {
        Predicate<AttentionSite> cross = AttentionSite::isCross;
        return new AttentionPlan(routed, plus(mapped, sites, cross.and(where)), biased, whole);
    }

    /** This plan with biases at some of the sites as well. */
    public AttentionPlan bias(Collection<AttentionSite> sites, Predicate<AttentionSite> where) {
        return new AttentionPlan(routed, mapped, plus(biased, sites, where), whole);
    }

    /** This plan with maps in one piece at some of the sites; a 4096-pixel self map has 512 MiB a picture. */
    public AttentionPlan whole(Collection<AttentionSite> sites, Predicate<AttentionSite> where) {
        return new AttentionPlan(routed, mapped, biased, plus(whole, sites, where));
    }

    private static Set<AttentionSite> plus(
            Set<AttentionSite> set, Collection<AttentionSite> sites, Predicate<AttentionSite> where) {
        Set<AttentionSite> all = new LinkedHashSet<>(set);
        sites.stream().filter(where).forEach(all::add);
        return all;
    }
}

package org.sd15.attention.graph;

import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A place in a graph under construction: the graph, the dotted path, and where parameters, attention ports and
 * adapters come from.
 *
 * <p>{@code scope.at("down_blocks").at(0).at("resnets").at(1)} is the scope of
 * {@code down_blocks.0.resnets.1}. SameDiff's own name scopes are not used: they leave variables without the prefix.
 */
public final class Scope {

    private final SameDiff graph;
    private final String path;
    private final DataType dataType;
    private final Parameters parameters;
    private final PortSource ports;
    private final Adapters adapters;
    private final Formulation formulation;

    private Scope(
            SameDiff graph,
            String path,
            DataType dataType,
            Parameters parameters,
            PortSource ports,
            Adapters adapters,
            Formulation formulation) {
        this.graph = graph;
        this.path = path;
        this.dataType = dataType;
        this.parameters = parameters;
        this.ports = ports;
        this.adapters = adapters;
        this.formulation = formulation;
    }

    /** The root of a graph in the {@code native} formulation, without attention ports. */
    public static Scope of(SameDiff graph, DataType dataType, Parameters parameters) {
        return of(graph, dataType, parameters, Execution.NATIVE);
    }

    /** The root of a graph for an execution, without attention ports. */
    public static Scope of(SameDiff graph, DataType dataType, Parameters parameters, Execution execution) {
        Formulation formulation = execution.formulation(graph, dataType);
        return new Scope(graph, "", dataType, parameters, PortSource.NONE, Adapters.NONE, formulation);
    }

    /** The root of a graph that only declares parameters and computes nothing. */
    static Scope outline(SameDiff graph, DataType dataType, Parameters parameters) {
        return new Scope(graph, "", dataType, parameters, PortSource.NONE, Adapters.NONE, new Outline());
    }

    /** The same place, where attention takes its ports from the given source. */
    public Scope withPorts(PortSource source) {
        return new Scope(graph, path, dataType, parameters, source, adapters, formulation);
    }

    /** The same place, where linear layers and convolutions take their low-rank additions from the given source. */
    public Scope withAdapters(Adapters source) {
        return new Scope(graph, path, dataType, parameters, ports, source, formulation);
    }

    /** The child of the given name. */
    public Scope at(String child) {
        String childPath = path.isEmpty() ? child : path + "." + child;
        return new Scope(graph, childPath, dataType, parameters, ports, adapters, formulation);
    }

    /** The child of the given number. */
    public Scope at(int child) {
        return at(Integer.toString(child));
    }

    /** The dotted path, empty at the root. */
    public String path() {
        return path;
    }

    /** The path of a child, for naming a variable. */
    public String name(String child) {
        return at(child).path;
    }

    /** The graph under construction. */
    public SameDiff graph() {
        return graph;
    }

    /** The data type of the whole graph: FLOAT, or DOUBLE for gradient checks. */
    public DataType dataType() {
        return dataType;
    }

    /** The arithmetic. */
    public Formulation formulation() {
        return formulation;
    }

    /** The control ports of the attention at this place. */
    public AttentionPorts attentionPorts() {
        return ports.at(path);
    }

    /** The low-rank addition to the layer at this place, or null. */
    @Nullable
    LowRank lowRank() {
        return adapters.at(path);
    }

    /** A parameter of this place, in diffusers' layout. */
    public SDVariable parameter(String leaf, long... shape) {
        return parameter(leaf, Layout.AS_STORED, shape);
    }

    /** A parameter of this place, stored in diffusers' layout and seen by the graph in the given one. */
    public SDVariable parameter(String leaf, Layout layout, long... shape) {
        return parameters.declare(graph, new ParameterSpec(name(leaf), shape), layout);
    }

    /** Renames a variable after this place, so that it can be asked for: {@code <path>.<leaf>}. */
    public SDVariable named(String leaf, SDVariable variable) {
        return variable.rename(name(leaf));
    }
}

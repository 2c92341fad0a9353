package org.sd15.examples.cuda;

import java.util.Set;
import java.util.TreeSet;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.Op;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.Formulation;

/** The native execution, which notes the operations of every graph that it is given, derivatives included. */
final class GraphRecorder implements Execution {

    private final Set<String> custom = new TreeSet<>();
    private final Set<String> legacy = new TreeSet<>();

    /** Names of custom operations, as ND4J registers them. */
    Set<String> custom() {
        return custom;
    }

    /** Legacy operations, by type and name, such as {@code TRANSFORM_FLOAT sqrt}. */
    Set<String> legacy() {
        return legacy;
    }

    @Override
    public String name() {
        return NATIVE.name();
    }

    @Override
    public Formulation formulation(SameDiff graph, DataType dataType) {
        return NATIVE.formulation(graph, dataType);
    }

    @Override
    public Session session(SameDiff graph) {
        for (DifferentialFunction operation : graph.ops()) {
            if (operation instanceof Op) {
                legacy.add(operation.opType() + " " + operation.opName());
            } else {
                custom.add(operation.opName());
            }
        }
        return NATIVE.session(graph);
    }
}

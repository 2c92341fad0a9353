package org.sd15.attention.graph;

import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.linalg.api.buffer.DataType;

/** Plain ND4J operations in SameDiff's own session. */
record NativeExecution() implements Execution {

    @Override
    public String name() {
        return "native";
    }

    @Override
    public Formulation formulation(SameDiff graph, DataType dataType) {
        return new NativeFormulation(graph);
    }

    @Override
    public Session session(SameDiff graph) {
        return new NativeSession(new RepeatedSession(graph));
    }

    private record NativeSession(InferenceSession inference) implements Session {

        @Override
        public boolean rehearses(boolean begins) {
            return false;
        }

        @Override
        public void trim() {}

        @Override
        public void close() {
            inference.getMmgr().close();
        }
    }
}

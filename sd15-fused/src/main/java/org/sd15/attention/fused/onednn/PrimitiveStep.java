package org.sd15.attention.fused.onednn;

import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.stream;

/** One primitive with its arguments. */
final class PrimitiveStep implements Step {

    private final primitive primitive;
    private final dnnl_exec_arg_t arguments;
    private final int count;

    PrimitiveStep(primitive primitive, Map<Integer, Slot> slots) {
        this.primitive = primitive;
        this.count = slots.size();
        this.arguments = new dnnl_exec_arg_t(count);
        int i = 0;
        for (var entry : List.copyOf(slots.entrySet())) {
            arguments
                    .position(i++)
                    .arg(entry.getKey())
                    .memory(entry.getValue().handle().get());
        }
        arguments.position(0);
    }

    @Override
    public void run(stream stream) {
        int status = dnnl.dnnl_primitive_execute(primitive.get(), stream.get(), count, arguments);
        if (status != 0) {
            throw new IllegalStateException("oneDNN: a primitive failed with status " + status);
        }
    }
}

package org.sd15.pipeline.training.data;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.training.Stateful;
import org.sd15.pipeline.training.TrainingState;

/** Deals numbers below a count in random order; every number once before any comes again. */
final class Deck implements Stateful {

    private final String name;
    private final int count;
    private int[] order = new int[0];
    private int position;

    Deck(String name, int count) {
        this.name = name;
        this.count = count;
    }

    int next(TorchRandom random) {
        if (position == order.length) {
            order = random.randperm(count);
            position = 0;
        }
        return order[position++];
    }

    @Override
    public void save(TrainingState into) {
        into.remark(name + ".count", count);
        into.remark(name + ".position", position);
        into.remark(name + ".dealt", order.length);
        if (order.length > 0) {
            into.put(name + ".order", Nd4j.createFromArray(order));
        }
    }

    @Override
    public void restore(TrainingState from) {
        if (from.number(name + ".count") != count) {
            throw new IllegalArgumentException(
                    "%d pictures (%s) when the checkpoint was made, now %d: resume with the same data"
                            .formatted(from.number(name + ".count"), name, count));
        }
        position = from.number(name + ".position");
        order = from.number(name + ".dealt") == 0
                ? new int[0]
                : from.tensor(name + ".order").castTo(DataType.INT32).toIntVector();
    }
}

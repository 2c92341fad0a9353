package org.sd15.pipeline.training.data;

import java.util.stream.IntStream;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.training.Stateful;
import org.sd15.pipeline.training.TrainingState;

/** Deals numbers below a count in random order; every number once before any comes again. */
final class ShuffledIndices implements Stateful {

    private final String name;
    private final int count;
    private int[] order = new int[0];
    private int position;

    ShuffledIndices(String name, int count) {
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
        int dealt = from.number(name + ".dealt", count);
        int[] cards = dealt == 0 ? new int[0] : from.integers(name + ".order");
        if (cards.length != dealt
                || IntStream.of(cards)
                                .distinct()
                                .filter(card -> card >= 0 && card < count)
                                .count()
                        != dealt) {
            throw new IllegalArgumentException(
                    "%s.order in the checkpoint is no order of %d of %d pictures".formatted(name, dealt, count));
        }
        position = from.number(name + ".position", dealt);
        order = cards;
    }
}

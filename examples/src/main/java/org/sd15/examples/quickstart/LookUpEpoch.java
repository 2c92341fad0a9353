package org.sd15.examples.quickstart;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Tasks of looking up, the same in every epoch, as DL4J's trainers take them. */
final class LookUpEpoch implements MultiDataSetIterator {

    private final List<MultiDataSet> batches;
    private int position;

    /** A given number of batches of tasks. */
    LookUpEpoch(LookUp tasks, int count, int batch) {
        batches = IntStream.range(0, count)
                .mapToObj(i -> (MultiDataSet) tasks.next(batch))
                .toList();
    }

    @Override
    public boolean hasNext() {
        return position < batches.size();
    }

    @Override
    public MultiDataSet next() {
        return batches.get(position++);
    }

    @Override
    public MultiDataSet next(int number) {
        return next();
    }

    @Override
    public void reset() {
        position = 0;
    }

    @Override
    public boolean resetSupported() {
        return true;
    }

    @Override
    public boolean asyncSupported() {
        return false;
    }

    @Override
    public void setPreProcessor(MultiDataSetPreProcessor preProcessor) {
        throw new UnsupportedOperationException("these tasks need no preparation");
    }

    @Override
    public @Nullable MultiDataSetPreProcessor getPreProcessor() {
        return null;
    }
}

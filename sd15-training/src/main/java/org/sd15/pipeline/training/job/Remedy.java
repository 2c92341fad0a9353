package org.sd15.pipeline.training.job;

/** What would make a training fit into the memory. Its text is for callers in Java; commands have words of their own. */
public sealed interface Remedy {

    /**
     * Fewer pictures a pass.
     *
     * @param batch pictures a pass
     * @param accumulate passes a step, for as many pictures a step as were asked for
     */
    record SmallerBatch(int batch, int accumulate) implements Remedy {

        @Override
        public String toString() {
            return "a batch of %d would fit (accumulated over %d for as many pictures a step)"
                    .formatted(batch, accumulate);
        }
    }

    /**
     * One picture a pass, and a smaller one.
     *
     * @param side its resolution, pixels
     */
    record SmallerPictures(int side) implements Remedy {

        @Override
        public String toString() {
            return "a batch of 1 at a resolution of %d would fit".formatted(side);
        }
    }

    /** A LoRA in the place of all weights. */
    record Lora() implements Remedy {

        @Override
        public String toString() {
            return "a LoRA needs memory for the frozen weights and a pass only";
        }
    }

    /** There is none. */
    record None() implements Remedy {

        @Override
        public String toString() {
            return "nothing smaller would fit either";
        }
    }
}

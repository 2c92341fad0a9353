package org.sd15.importer.lora;

import java.util.Set;

/** Full differences of weights, those of norms among them. */
final class DifferenceReader implements ChangeReader {

    @Override
    public boolean isComplete(Set<LoraPart> parts) {
        return parts.contains(LoraPart.DIFF);
    }

    @Override
    public void check(ModuleTensors tensors, LoraProblems problems) {
        tensors.require(problems, LoraPart.DIFF, tensors.weight().shape());
    }

    @Override
    public WeightDelta read(ModuleTensors tensors, AdapterMetadata adapters) {
        return new FullDifference(tensors.load(LoraPart.DIFF));
    }
}

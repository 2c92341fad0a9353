package org.sd15.importer.lora;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How the tensors of one method are read. */
interface ChangeReader {

    /** Whether nothing is missing and nothing is there in two forms. */
    boolean isComplete(Set<LoraPart> parts);

    /** Notes what does not fit the module's weight; what there is, is complete. */
    void check(ModuleTensors tensors, LoraProblems problems);

    /**
     * Reads what was found to be complete and to fit.
     *
     * @param adapters what the file says about all of its modules
     */
    WeightChange read(ModuleTensors tensors, AdapterMetadata adapters);

    /** What the change of a weight does to the bias of the same layer; null if that stays as it is. */
    default @Nullable WeightChange bias(ModuleTensors tensors, WeightChange change) {
        return null;
    }
}

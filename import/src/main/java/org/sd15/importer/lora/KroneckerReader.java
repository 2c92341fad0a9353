package org.sd15.importer.lora;

import static org.sd15.importer.lora.LoraPart.ALPHA;
import static org.sd15.importer.lora.LoraPart.LOKR_T2;
import static org.sd15.importer.lora.LoraPart.LOKR_W1;
import static org.sd15.importer.lora.LoraPart.LOKR_W1_A;
import static org.sd15.importer.lora.LoraPart.LOKR_W1_B;
import static org.sd15.importer.lora.LoraPart.LOKR_W2;
import static org.sd15.importer.lora.LoraPart.LOKR_W2_A;
import static org.sd15.importer.lora.LoraPart.LOKR_W2_B;

import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * LoKr. Each factor is whole or a product; the second may have its kernel in {@code lokr_t2}. The shapes of the factors
 * are those that the file has: what they make must be the weight's.
 */
final class KroneckerReader implements ChangeReader {

    @Override
    public boolean isComplete(Set<LoraPart> parts) {
        return isFactor(parts, LOKR_W1, LOKR_W1_A, LOKR_W1_B)
                && isFactor(parts, LOKR_W2, LOKR_W2_A, LOKR_W2_B)
                && !(parts.contains(LOKR_W2) && parts.contains(LOKR_T2));
    }

    private static boolean isFactor(Set<LoraPart> parts, LoraPart whole, LoraPart left, LoraPart right) {
        boolean product = parts.contains(left) && parts.contains(right);
        boolean pieces = parts.contains(left) || parts.contains(right);
        return parts.contains(whole) ? !pieces : product;
    }

    @Override
    public void check(ModuleTensors tensors, LoraProblems problems) {
        LoraPart rows = tensors.has(LOKR_W1) ? LOKR_W1 : LOKR_W1_A;
        LoraPart columns = tensors.has(LOKR_W1) ? LOKR_W1 : LOKR_W1_B;
        long a = tensors.size(rows, 0);
        long c = tensors.size(columns, 1);
        if (tensors.out() % a != 0 || tensors.in() % c != 0) {
            tensors.wrongShape(problems, columns, "[a, c] with a divisor a of the rows and c of the columns");
            return;
        }
        if (tensors.has(LOKR_W1)) {
            tensors.require(problems, LOKR_W1, a, c);
        } else {
            tensors.require(problems, LOKR_W1_A, a, tensors.size(LOKR_W1_B, 0));
            tensors.require(problems, LOKR_W1_B, tensors.size(LOKR_W1_B, 0), c);
        }
        checkSecond(tensors, problems, tensors.out() / a, tensors.in() / c);
    }

    private static void checkSecond(ModuleTensors tensors, LoraProblems problems, long b, long d) {
        if (tensors.has(LOKR_W2)) {
            tensors.require(problems, LOKR_W2, ModuleTensors.shape(b, d, tensors.kernel()));
            return;
        }
        long rank = tensors.size(LOKR_W2_B, 0);
        if (tensors.has(LOKR_T2)) {
            tensors.require(problems, LOKR_T2, ModuleTensors.shape(rank, rank, tensors.kernel()));
            tensors.require(problems, LOKR_W2_A, rank, b);
            tensors.require(problems, LOKR_W2_B, rank, d);
        } else {
            tensors.require(problems, LOKR_W2_A, b, rank);
            tensors.require(problems, LOKR_W2_B, rank, d * tensors.taps());
        }
    }

    @Override
    public WeightDelta read(ModuleTensors tensors, AdapterMetadata adapters) {
        Factor first = tensors.has(LOKR_W1)
                ? new Factor.Whole(tensors.load(LOKR_W1))
                : new Factor.Product(tensors.load(LOKR_W1_A), tensors.load(LOKR_W1_B));
        return new KroneckerLayer(first, second(tensors), strength(tensors, adapters));
    }

    private static Factor second(ModuleTensors tensors) {
        if (tensors.has(LOKR_W2)) {
            return new Factor.Whole(tensors.load(LOKR_W2));
        }
        return tensors.has(LOKR_T2)
                ? new Factor.Tucker(tensors.load(LOKR_T2), tensors.load(LOKR_W2_A), tensors.load(LOKR_W2_B))
                : new Factor.Product(tensors.load(LOKR_W2_A), tensors.load(LOKR_W2_B));
    }

    /** Two whole factors have no rank: LyCORIS leaves them as they are, PEFT divides by that of its configuration. */
    private static double strength(ModuleTensors tensors, AdapterMetadata adapters) {
        LoraPart ranked = rankedPart(tensors);
        if (ranked != null) {
            long rank = tensors.size(ranked, 0);
            return adapters.lycorisAlpha(tensors, rank) / rank;
        }
        return tensors.has(ALPHA) ? 1 : adapters.alphaByRank(tensors.module());
    }

    private static @Nullable LoraPart rankedPart(ModuleTensors tensors) {
        return Stream.of(LOKR_W1_B, LOKR_W2_B).filter(tensors::has).findFirst().orElse(null);
    }
}

package org.sd15.importer.lora;

import static org.sd15.importer.lora.LoraPart.ALPHA;
import static org.sd15.importer.lora.LoraPart.OFT_BLOCKS;
import static org.sd15.importer.lora.LoraPart.OFT_DIAG;
import static org.sd15.importer.lora.LoraPart.OFT_R;
import static org.sd15.importer.lora.LoraPart.RESCALE;

import java.util.Set;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * OFT in three forms: {@code oft_blocks} of LyCORIS and kohya, whose alpha is the constraint on the angles; {@code oft_diag}
 * of LyCORIS before 3.0, the rotations themselves; {@code oft_R} of PEFT, the upper triangles.
 */
final class RotationReader implements ChangeReader {

    @Override
    public boolean isComplete(Set<LoraPart> parts) {
        boolean one =
                Stream.of(OFT_BLOCKS, OFT_DIAG, OFT_R).filter(parts::contains).count() == 1;
        return one && (parts.contains(OFT_BLOCKS) || !parts.contains(RESCALE));
    }

    @Override
    public void check(ModuleTensors tensors, LoraProblems problems) {
        if (tensors.has(OFT_R)) {
            checkPeft(tensors, problems);
            return;
        }
        LoraPart part = tensors.has(OFT_BLOCKS) ? OFT_BLOCKS : OFT_DIAG;
        long size = tensors.size(part, 1);
        if (tensors.info(part).shape().length == 4) {
            problems.add(
                    "tensors of BOFT, which is not supported",
                    tensors.info(part).toString());
        } else if (tensors.info(part).shape().length != 3 || tensors.out() % size != 0) {
            tensors.wrongShape(problems, part, "[blocks, size, size] with blocks * size = " + tensors.out());
        } else {
            tensors.require(problems, part, tensors.out() / size, size, size);
        }
        if (tensors.has(RESCALE) && tensors.info(RESCALE).length() != tensors.out()) {
            tensors.wrongShape(problems, RESCALE, tensors.out() + " numbers");
        }
    }

    private static void checkPeft(ModuleTensors tensors, LoraProblems problems) {
        long columns = tensors.in() * tensors.taps();
        long size = Cayley.size(tensors.size(OFT_R, 1));
        long blocks = tensors.size(OFT_R, 0);
        boolean fits = size > 1 && columns % size == 0 && (blocks == 1 || blocks * size == columns);
        if (!fits || tensors.info(OFT_R).shape().length != 2) {
            tensors.wrongShape(
                    problems,
                    OFT_R,
                    "[blocks, size * (size - 1) / 2] with blocks * size = %d, or one block".formatted(columns));
        }
    }

    @Override
    public WeightChange read(ModuleTensors tensors, AdapterMetadata adapters) {
        if (tensors.has(OFT_R)) {
            return new Rotation(
                    adapters.oft(tensors.module().model()).rotations(tensors.load(OFT_R)), Axis.INPUT, null);
        }
        INDArray rescale = tensors.has(RESCALE) ? tensors.load(RESCALE) : null;
        if (tensors.has(OFT_DIAG)) {
            return new Rotation(tensors.load(OFT_DIAG), Axis.OUTPUT, rescale);
        }
        double constraint = tensors.has(ALPHA) ? tensors.number(ALPHA) * tensors.out() : 0;
        return new Rotation(Cayley.constrained(tensors.load(OFT_BLOCKS), constraint), Axis.OUTPUT, rescale);
    }
}
